import { describe, expect, it, vi } from 'vitest';
import { measureInPairs, type Pair, ratioOf } from './paired.js';

const identity = (value: number): number => value;

/** Measures two pairs and notes in which order the sides are asked. */
async function pairsAndOrder() {
  const order: string[] = [];
  const side = (name: string) => async () => {
    order.push(name);
    return `${name} ${order.length}`;
  };
  return { pairs: await measureInPairs(2, side('ours'), side('theirs')), order };
}

describe('pairs', () => {
  it('hold each side under its name, whichever came first', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.4).mockReturnValueOnce(0.6);
    const { pairs, order } = await pairsAndOrder();
    expect(order).toEqual(['ours', 'theirs', 'theirs', 'ours']);
    expect(pairs).toEqual([
      { ours: 'ours 1', theirs: 'theirs 2' },
      { ours: 'ours 4', theirs: 'theirs 3' },
    ]);
  });

  it('never measure both sides at once', async () => {
    let running = 0;
    let most = 0;
    const side = async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    await measureInPairs(5, side, side);
    expect(most).toBe(1);
  });

  it('are as many as asked for', async () => {
    const pairs = await measureInPairs(
      3,
      async () => 1,
      async () => 2,
    );
    expect(pairs).toEqual(Array(3).fill({ ours: 1, theirs: 2 }));
  });

  it('end with the first side that fails', async () => {
    const broken = () => Promise.reject(new Error('the server is gone'));
    await expect(measureInPairs(3, broken, async () => 1)).rejects.toThrow('the server is gone');
  });
});

describe('the ratio', () => {
  it('is ours ÷ theirs: twice the time gives 2, half the rate 0.5', () => {
    expect(ratioOf([{ ours: 20, theirs: 10 }], identity).median).toBe(2);
    expect(ratioOf([{ ours: 500, theirs: 1_000 }], identity).median).toBe(0.5);
  });

  it('is taken within each pair, not between the medians of the sides', () => {
    const pairs: Pair<number>[] = [
      { ours: 1, theirs: 2 },
      { ours: 30, theirs: 10 },
      { ours: 400, theirs: 100 },
    ];
    const { median, count } = ratioOf(pairs, identity);
    expect([median, count]).toEqual([3, 3]);
  });

  it('is that of the value asked for', () => {
    const pairs = [{ ours: { ms: 3, cpuMs: 8 }, theirs: { ms: 1, cpuMs: 2 } }];
    expect(ratioOf(pairs, ({ cpuMs }) => cpuMs).median).toBe(4);
  });
});
