/** Failures of connections that had brought something before. */
const failuresAfterData = new WeakSet<object>();

/** What this asks of the socket of a connection. */
interface Connection {
  readonly bytesRead?: number;
}

/** Remembers of an error that ends `connection` whether that had brought something before. */
export function noteFailure(connection: Connection, error: Error): void {
  if ((connection.bytesRead ?? 0) > 0) failuresAfterData.add(error);
}

/**
 * Tells whether a request failed because its connection closed, and that had been kept from an earlier request. Nobody knows
 * then whether the server has begun with it.
 *
 * undici tells nobody which connection a request goes over: one that has brought something has brought an earlier answer, or
 * else the beginning of this one, and then it does no harm to take it for kept.
 */
export function brokeWhenKept(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, socket } = error as FailureOfConnection;
  if (code === 'ECONNRESET' || code === 'EPIPE') return failuresAfterData.has(error);
  // "bad response", "bad upgrade": the server has said something.
  if (code !== 'UND_ERR_SOCKET' || message?.startsWith('bad ') !== false) return false;
  return failuresAfterData.has(error) || (socket?.bytesRead ?? 0) > 0;
}

/** A SocketError of whatever copy of undici, or an error of the system. */
interface FailureOfConnection {
  readonly code?: unknown;
  readonly message?: string;
  readonly socket?: Connection | null;
}
