// Bytes. An API server takes no object of more than three megabytes.
const longest = 4_194_304;

interface Request {
  readonly headers?: unknown;
  readonly body?: unknown;
}

interface FailingHandler {
  onResponseError?(controller: undefined, error: unknown): void;
}

type Dispatch = (request: Request, handler: FailingHandler) => boolean;

/**
 * An interceptor of undici that makes a body whole again before it is sent: `fetch` hands every body over as a stream, and a stream
 * cannot be sent once more. What has no length that is known, or more than 4 MiB, stays a stream.
 */
export function wholeBodies(dispatch: Dispatch): Dispatch {
  return (request, handler) => {
    const { body } = request;
    if (!isStream(body) || !(lengthIn(request.headers) <= longest)) {
      return dispatch(request, handler);
    }
    collect(body).then(
      (whole) => dispatch({ ...request, body: whole }, handler),
      (error) => handler.onResponseError?.(undefined, error),
    );
    return true;
  };
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What `content-length` says, among headers as fetch gives them; NaN where it says nothing. */
function lengthIn(headers: unknown): number {
  const entries = Object.entries(Object(headers) as Record<string, unknown>);
  const [, length] = entries.find(([name]) => name.toLowerCase() === 'content-length') ?? [];
  return typeof length === 'string' ? Number(length) : Number.NaN;
}
