import type { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SceneBody } from './binding-under-test.js';

/** A body in bytes, which can be sent again, or as a stream, which cannot; neither for none. */
export interface EncodedBody {
  readonly kind?: SceneBody['kind'];
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes?: Buffer;
  readonly stream?: AsyncIterable<Buffer>;
}

export async function encodeBody(body: SceneBody | undefined): Promise<EncodedBody> {
  if (body === undefined) return { headers: {} };
  const { kind, value } = body;
  if (kind === 'stream') return { kind, headers: {}, stream: value };
  const response = new Response(kind === 'json' ? JSON.stringify(value) : value);
  const type = kind === 'json' ? 'application/json' : response.headers.get('content-type');
  return {
    kind,
    headers: type === null ? {} : { 'content-type': type },
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

export async function writeBody(
  { bytes, stream }: EncodedBody,
  request: ClientRequest,
): Promise<void> {
  if (stream !== undefined) await pipeline(Readable.from(stream), request);
  else request.end(bytes);
}
