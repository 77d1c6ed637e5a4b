import { isCertificateRefusal } from '@keyturn/core/binding';
import { Agent, type buildConnector, Client, Pool } from 'undici';

/**
 * Makes an Agent whose requests fail with the TLS alert by which a server refuses the client certificate.
 *
 * Under TLS 1.3 the alert comes after the handshake. undici notes it, but then sees the connection end and tells the
 * request only that: "other side closed".
 */
export function alertAgent(options: Agent.Options): Agent {
  return new Agent({ factory: makePool, ...options });
}

function makePool(origin: string | URL, options: object): Pool {
  return new Pool(origin, { ...options, factory: makeClient });
}

/** By now undici has made one function of everything that has to do with connecting. */
function makeClient(origin: URL, options: object): Client {
  const { connect } = options as { readonly connect: buildConnector.connector };
  return new Client(origin, { ...options, connect: heedingAlerts(connect) });
}

function heedingAlerts(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    // The types say nothing of the socket that undici's own connectors return.
    const socket = (connect as (...request: unknown[]) => unknown)(options, callback);
    heedAlert(socket as Connection);
    return socket as undefined;
  };
}

interface Connection {
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error: Error): unknown;
}

function heedAlert(socket: Connection): void {
  socket.on('error', (error) => {
    // Closed now, it has no end to be noticed.
    if (isCertificateRefusal(error)) socket.destroy(error);
  });
}
