import type { ClientRequest } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { snapshotBody } from '@keyturn/core/binding';

/** What a request can send. Everything but a stream or an async iterable can be sent again after a refusal. */
export type HttpsRequestBody =
  | string
  | Uint8Array
  | URLSearchParams
  | FormData
  | Blob
  | Readable
  | AsyncIterable<string | Uint8Array>;

/** A body made ready for the wire. */
export interface EncodedBody {
  readonly canReplay: boolean;
  /** Headers that describe the body; those of the caller come first. */
  readonly headers: Readonly<Record<string, string>>;
  /** Writes the whole body and ends the request. */
  writeTo(request: ClientRequest): void;
  /** Frees what nobody will read. */
  discard(): void;
}

export const noBody: EncodedBody = {
  canReplay: true,
  headers: {},
  writeTo: (request) => request.end(),
  discard: () => {},
};

/**
 * Encodes `body`, as it is when it is called, as the Fetch standard does, media type included.
 * @throws {TypeError} when nobody could know what to send for it.
 */
export async function encodeBody(body: HttpsRequestBody): Promise<EncodedBody> {
  if (typeof body === 'string') return bytesBody(Buffer.from(body), 'text/plain;charset=UTF-8');
  if (body instanceof Uint8Array) return bytesBody(snapshotBody(body));
  if (body instanceof URLSearchParams) {
    return bytesBody(
      Buffer.from(body.toString()),
      'application/x-www-form-urlencoded;charset=UTF-8',
    );
  }
  if (body instanceof Readable)
    return streamBody(
      () => body,
      () => body.destroy(),
    );
  if (body instanceof Blob) return encodeByPlatform(body);
  if (isFormData(body)) return encodeByPlatform(toPlatformForm(body));
  if (isAsyncIterable(body))
    return streamBody(
      () => Readable.from(body, { objectMode: false }),
      () => {},
    );
  throw new TypeError(
    'Option "body" must be a string, bytes, URLSearchParams, FormData, a Blob, a Readable or an async iterable.',
  );
}

function bytesBody(bytes: Uint8Array, contentType?: string): EncodedBody {
  return {
    canReplay: true,
    headers: {
      'content-length': String(bytes.byteLength),
      ...(contentType ? { 'content-type': contentType } : {}),
    },
    writeTo: (request) => request.end(bytes),
    discard: () => {},
  };
}

function streamBody(open: () => Readable, discard: () => void): EncodedBody {
  return {
    canReplay: false,
    // Node leaves a body of unknown length unframed where the method usually has none.
    headers: { 'transfer-encoding': 'chunked' },
    writeTo: (request) => {
      const stream = open();
      // Before pipeline() does it, which would tell the caller of a hang-up only.
      stream.once('error', (error) => request.destroy(error));
      pipeline(stream, request, () => {});
    },
    discard,
  };
}

async function encodeByPlatform(body: FormData | Blob): Promise<EncodedBody> {
  const encoded = new Response(body);
  const contentType = encoded.headers.get('content-type') ?? undefined;
  return bytesBody(Buffer.from(await encoded.arrayBuffer()), contentType);
}

/** Also true for the class of an undici that was installed, which the platform's own does not recognize. */
function isFormData(body: unknown): body is FormData {
  const { [Symbol.toStringTag]: tag } = Object(body) as { readonly [Symbol.toStringTag]?: unknown };
  return tag === 'FormData';
}

function toPlatformForm(body: FormData): FormData {
  if (body instanceof FormData) return body;
  const form = new FormData();
  for (const [name, value] of body as Iterable<[string, string]>) form.append(name, value);
  return form;
}

function isAsyncIterable(body: unknown): body is AsyncIterable<string | Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
