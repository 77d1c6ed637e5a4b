import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { BindingUnderTest, SceneAnswer, SceneRequest } from '@keyturn/testkit';
import { type Got, HTTPError, type Method, type Response } from 'got';
import { gotAdapter } from './adapter.js';

async function send(
  client: Got,
  { url, method, headers, body, signal, timeoutMs }: SceneRequest,
): Promise<SceneAnswer> {
  const stream = client.stream(new URL(url), {
    method: method as Method,
    headers,
    ...(signal !== undefined && { signal }),
    ...(timeoutMs !== undefined && { timeout: { request: timeoutMs } }),
  });
  try {
    const answered = once(stream, 'response') as Promise<[Response]>;
    const sent = body === undefined ? undefined : pipeline(Readable.from(bytesOf(body)), stream);
    const [[response], read] = await Promise.all([answered, text(stream), sent]);
    return { status: response.statusCode, body: read, answer: response };
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error;
    return { status: error.response.statusCode, body: error.response.body, answer: error };
  }
}

function bytesOf(body: NonNullable<SceneRequest['body']>): AsyncIterable<Buffer> | Buffer[] {
  if (body.kind === 'stream') return body.value;
  return [Buffer.from(body.kind === 'json' ? JSON.stringify(body.value) : String(body.value))];
}

/** got's streams as the conformance suite sees them: what was streamed cannot be sent again. */
export const gotStreamAdapter: BindingUnderTest<Got> = {
  name: 'a stream of got',
  bind: (manager, setup) => {
    const binding = gotAdapter.bind(manager, setup);
    return { ...binding, supports: { ...binding.supports, replay: false } };
  },
  send,
};
