import { once } from 'node:events';
import http2, { type ClientHttp2Stream, constants, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { Http2Call } from './http2-call.js';

/** A server that answers each stream as the next of `answers` does. */
async function setScene(...answers: ((stream: ServerHttp2Stream) => void)[]) {
  const server = http2.createServer();
  const bodies: string[] = [];
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    const answer = answers.shift();
    text(stream).then(
      (body) => {
        bodies.push(body);
        answer?.(stream);
      },
      () => {},
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const open = (): ClientHttp2Stream =>
    session.request({ ':path': '/', ':method': 'POST' }, { endStream: false });
  return { bodies, open };
}

const refuse = (stream: ServerHttp2Stream): void => stream.close(constants.NGHTTP2_REFUSED_STREAM);
const greet = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  stream.end('hello');
};

it('sends the whole body again while the server has not processed it, and shows one answer', async () => {
  const { bodies, open } = await setScene(refuse, refuse, greet);
  const opened: number[] = [];
  const call = new Http2Call({
    endStream: false,
    open: (resends) => {
      opened.push(resends);
      return open();
    },
    mayResend: () => true,
  });
  call.write('a body in ');
  call.end('two pieces');
  const [headers] = await once(call, 'response');
  expect(headers[':status']).toBe(200);
  expect(await text(call)).toBe('hello');
  expect(opened).toEqual([0, 1, 2]);
  expect(bodies).toEqual(Array.from({ length: 3 }, () => 'a body in two pieces'));
});

it('waits for its stream', async () => {
  const { open } = await setScene(greet);
  const call = new Http2Call({
    endStream: false,
    open: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return open();
    },
  });
  call.end('later');
  await once(call, 'response');
  expect(await text(call)).toBe('hello');
});

it('fails with what happened where it may not be sent again', async () => {
  const { open } = await setScene(refuse);
  const call = new Http2Call({ endStream: false, open });
  call.end('once');
  const [error] = await once(call, 'error');
  expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
});

it('does not send half a body again', async () => {
  const { open } = await setScene(refuse, greet);
  let opened = 0;
  const call = new Http2Call({
    endStream: false,
    open: () => {
      opened += 1;
      return open();
    },
    mayResend: () => true,
  });
  for (let piece = 0; piece < 3; piece += 1) call.write('x'.repeat(40_000));
  call.end();
  await once(call, 'error');
  expect(opened).toBe(1);
});

it('leaves the wait when its client leaves', async () => {
  let isGiven = false;
  const call = new Http2Call({
    endStream: true,
    open: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isGiven = true;
          reject(signal.reason);
        });
      }),
  });
  call.close();
  await once(call, 'close');
  expect(isGiven).toBe(true);
});

it('tells that it takes too long, while it waits for a stream too', async () => {
  const call = new Http2Call({ endStream: true, open: () => new Promise(() => {}) });
  call.setTimeout(1);
  await once(call, 'timeout');
  call.destroy();
  expect(call.destroyed).toBe(true);
});
