import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Child } from './child.js';

// Node 20 cannot start a source.
const program = new URL('../dist/child-test-program.js', import.meta.url);

describe('a program of its own', () => {
  it('gives what a handler returns', async () => {
    await using child = new Child(program);
    const answers = [child.ask('double', 1), child.ask('double', 2)];
    expect(await Promise.all(answers)).toEqual([2, 4]);
  });

  it('rejects with what a handler throws, and answers on', async () => {
    await using child = new Child(program);
    await expect(child.ask('fail')).rejects.toThrow('out of luck');
    expect(await child.ask('double', 2)).toBe(4);
  });

  it('refuses a question that nobody answers', async () => {
    await using child = new Child(program);
    await expect(child.ask('guess')).rejects.toThrow('Nobody answers "guess" here.');
  });

  it('is ended when it is disposed of, and not twice', async () => {
    const child = new Child(program);
    const processId = await child.ask<number>('processId');
    await child[Symbol.asyncDispose]();
    expect(() => process.kill(processId, 0)).toThrow('ESRCH');
    await child[Symbol.asyncDispose]();
  });
});

describe('a program that ends', () => {
  it('rejects what is asked by then, and what is asked afterwards', async () => {
    await using child = new Child(program);
    const asked = [child.ask('wait'), child.ask('end', 7)];
    const ended = /"\/.*child-test-program\.js" ended early \(code 7\)\./;
    await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow(ended)));
    await expect(child.ask('double', 1)).rejects.toThrow(ended);
  });

  it('rejects what is asked while it is on its way out', async () => {
    await using child = new Child(program);
    process.kill(await child.ask<number>('processId'), 'SIGKILL');
    const asked: Promise<unknown>[] = [];
    for (let turn = 0; turn < 1_000; turn += 1) {
      asked.push(child.ask('wait').catch(String));
      await setImmediate();
    }
    const sayings = new Set(await Promise.all(asked));
    expect([...sayings]).toEqual([expect.stringContaining('ended early (SIGKILL).')]);
  });

  it('says so when it could not even begin', async () => {
    await using child = withExecPath('/no/such/node', () => new Child(program));
    await expect(child.ask('double', 1)).rejects.toThrow(
      'ended early (spawn /no/such/node ENOENT)',
    );
  });
});

function withExecPath<Value>(path: string, act: () => Value): Value {
  const { execPath } = process;
  process.execPath = path;
  try {
    return act();
  } finally {
    process.execPath = execPath;
  }
}
