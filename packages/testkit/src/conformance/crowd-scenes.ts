import { equal, deepEqual as same } from 'node:assert/strict';
import { controlledSource } from '../controlled-source.js';
import { hourMs, inTime, until } from './expectations.js';
import { type Scene, scene } from './scene.js';

export const crowdScenes: readonly Scene[] = [
  scene('shares one load between 100 first requests', ['token'], async (theatre) => {
    const { source, sendMany } = await theatre.stage();
    same(await sendMany(100), { 200: 100 });
    equal(source.runs, 1);
  }),

  scene('shares one load between 100 requests at an expired credential', ['token'], async (at) => {
    const { clock, source, send, sendMany } = await at.stage();
    source.change = () => ({ expiresAt: clock.now() + hourMs });
    await send('/first');
    await clock.advance(hourMs);
    same(await sendMany(100), { 200: 100 });
    equal(source.runs, 2);
  }),

  scene(
    'shares one load between 100 simultaneous refusals, and no caller sees one',
    ['token', 'replay'],
    async (theatre) => {
      let accepted = 'first';
      const source = controlledSource();
      const { manager, send, sendMany } = await theatre.stage({
        source,
        server: { authorize: ({ token }) => token === accepted },
      });
      const { limitMs } = theatre;
      const first = send('/first');
      (await inTime('a first load', source.nextLoad(), limitMs)).succeed({ token: 'first' });
      await first;
      accepted = 'second';
      const answers = sendMany(100);
      const load = await inTime('a second load', source.nextLoad(), limitMs);
      await until('100 reports', () => manager.stats().refusals >= 100, limitMs);
      load.succeed({ token: 'second' });
      same(await answers, { 200: 100 });
      equal(source.loads.length, 2);
    },
  ),
];
