import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SharedLoads } from './shared-loads.js';

function setUp() {
  const loads = new SharedLoads<string>();
  const begun: { signal: AbortSignal; succeed: (value: string) => void; sent: () => void }[] = [];
  const join = (
    key: string,
    signal = new AbortController().signal,
    isKept = false,
  ): Promise<string> =>
    loads.join(
      key,
      { signal, isKept },
      (control) =>
        new Promise((succeed) => {
          begun.push({ ...control, succeed });
        }),
    );
  return { begun, join };
}

it('begins one load for all who come with the same key', async () => {
  const { begun, join } = setUp();
  const [one, two, other] = [join('a'), join('a'), join('b')];
  begun[0]?.succeed('of a');
  begun[1]?.succeed('of b');
  expect(await Promise.all([one, two, other])).toEqual(['of a', 'of a', 'of b']);
  expect(begun).toHaveLength(2);
});

it('begins another one when the first is over', async () => {
  const { begun, join } = setUp();
  const first = join('a');
  begun[0]?.succeed('one');
  await first;
  void join('a');
  expect(begun).toHaveLength(2);
});

it('goes on for the others when one leaves, and ends with the last', async () => {
  const { begun, join } = setUp();
  const [one, two] = [new AbortController(), new AbortController()];
  const waits = [join('a', one.signal), join('a', two.signal)];
  for (const wait of waits) wait.catch(() => {});
  one.abort(new Error('closed'));
  await expect(waits[0]).rejects.toThrow('closed');
  expect(begun[0]?.signal.aborted).toBe(false);
  two.abort(new Error('closed, too'));
  await expect(waits[1]).rejects.toThrow('closed, too');
  expect(begun[0]?.signal.aborted).toBe(true);
});

it('lets nobody into a load that is being ended and takes its time', async () => {
  const { begun, join } = setUp();
  const abort = new AbortController();
  const gone = join('a', abort.signal);
  gone.catch(() => {});
  abort.abort();
  await nextTurn();
  const next = join('a');
  expect(begun).toHaveLength(2);
  begun[0]?.succeed('too late');
  await nextTurn();
  const another = join('a');
  begun[1]?.succeed('anew');
  expect(await Promise.all([next, another])).toEqual(['anew', 'anew']);
});

it('goes on once it is sent where somebody keeps what was put in the place of what is used up', async () => {
  const { begun, join } = setUp();
  const abort = new AbortController();
  const [leaving, keeping] = [join('a', abort.signal), join('a', abort.signal, true)];
  begun[0]?.sent();
  abort.abort(new Error('closed'));
  await expect(leaving).rejects.toThrow('closed');
  expect(begun[0]?.signal.aborted).toBe(false);
  const coming = join('a');
  begun[0]?.succeed('new');
  expect(await Promise.all([keeping, coming])).toEqual(['new', 'new']);
  expect(begun).toHaveLength(1);
});

it('ends for who keeps it, too, before it is sent', async () => {
  const { begun, join } = setUp();
  const abort = new AbortController();
  const keeping = join('a', abort.signal, true);
  abort.abort(new Error('closed'));
  await expect(keeping).rejects.toThrow('closed');
  expect(begun[0]?.signal.aborted).toBe(true);
});
