import { expect, it } from 'vitest';
import { CallOutbox } from './call-outbox.js';
import type { ChannelCall, MessageContext } from './channel-call.js';

/** A call that writes down what it is told. */
function scribe(): { readonly call: ChannelCall; readonly told: string[] } {
  const told: string[] = [];
  const call = {
    startRead: () => told.push('read'),
    sendMessageWithContext: (_: MessageContext, message: Buffer) => told.push(String(message)),
    halfClose: () => told.push('close'),
  } as unknown as ChannelCall;
  return { call, told };
}

const unary: MessageContext = {};
const streamed: MessageContext = { callback: () => {} };

it('keeps a request until there is a call, and sends it again on the next', () => {
  const outbox = new CallOutbox();
  expect(outbox.canReplay).toBe(false);
  outbox.startRead();
  outbox.send(unary, Buffer.from('request'));
  expect(outbox.canReplay).toBe(false);
  outbox.halfClose();
  const calls = [scribe(), scribe()];
  for (const { call } of calls) {
    expect(outbox.canReplay).toBe(true);
    outbox.openTo(call);
  }
  for (const { told } of calls) expect(told).toEqual(['read', 'request', 'close']);
});

it('sends at once where there is a call, and keeps the request all the same', () => {
  const outbox = new CallOutbox();
  const [first, second] = [scribe(), scribe()];
  outbox.openTo(first.call);
  expect(first.told).toEqual([]);
  outbox.startRead();
  outbox.send(unary, Buffer.from('request'));
  outbox.halfClose();
  outbox.openTo(second.call);
  expect([first.told, second.told]).toEqual([
    ['read', 'request', 'close'],
    ['read', 'request', 'close'],
  ]);
});

it('keeps a message as it was when it was sent', () => {
  const outbox = new CallOutbox();
  const message = Buffer.from('as it was');
  outbox.send(unary, message);
  message.fill('x');
  const { call, told } = scribe();
  outbox.openTo(call);
  expect(told).toEqual(['as it was']);
});

it.each([
  ['that bring a callback', streamed, ['one']],
  ['of which there are several', unary, ['one', 'two']],
])('sends messages %s once, and replays none', (_, context, messages) => {
  const outbox = new CallOutbox();
  for (const message of messages) outbox.send(context, Buffer.from(message));
  outbox.halfClose();
  expect(outbox.canReplay).toBe(false);
  const [first, second] = [scribe(), scribe()];
  outbox.openTo(first.call);
  outbox.send(context, Buffer.from('late'));
  outbox.openTo(second.call);
  expect(first.told).toEqual([...messages, 'close', 'late']);
  expect(second.told).toEqual(['close']);
});

it('gives up what it keeps when the server has begun to answer', () => {
  const outbox = new CallOutbox();
  const [first, second] = [scribe(), scribe()];
  outbox.send(unary, Buffer.from('request'));
  outbox.halfClose();
  outbox.openTo(first.call);
  outbox.forget();
  expect(outbox.canReplay).toBe(false);
  outbox.openTo(second.call);
  expect(second.told).toEqual(['close']);
});
