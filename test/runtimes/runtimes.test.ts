/** The client that `npm run test:runtimes` plays on Bun and Deno, here on Node; and that what goes wrong there is noticed. */
import { expect, it } from 'vitest';

type Outcome = { readonly held: number; readonly wrong: readonly string[] };
type PlayOn = (runtime: string, programs: readonly string[]) => Promise<Outcome>;

const { playOn } = (await import(new URL('play-on.mjs', import.meta.url).href)) as {
  readonly playOn: PlayOn;
};

it('holds on Node, step by step', async () => {
  const { held, wrong } = await playOn('node', ['play-client.mjs']);
  expect(wrong).toEqual([]);
  expect(held).toBeGreaterThan(12);
}, 60_000);

it('a program that ends early is a failure', async () => {
  const { held, wrong } = await playOn('node', ['no-such-program.mjs']);
  expect(held).toBe(0);
  expect(wrong).toEqual([expect.stringContaining('no-such-program.mjs: ended with 1')]);
}, 60_000);
