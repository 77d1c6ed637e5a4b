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
    'shares one load between 50 simultaneous refusals, and no caller sees one',
    ['token', 'replay'],
    async (theatre) => {
      let accepted = 'first';
      const source = controlledSource();
      const { server, manager, send, sendMany } = await theatre.stage({
        source,
        server: { authorize: ({ token }) => token === accepted },
        // A client may keep its connection until it knows what to do about a refusal.
        bind: { maxSockets: 50 },
      });
      const { limitMs } = theatre;
      const first = send('/first');
      (await inTime('a first load', source.nextLoad(), limitMs)).succeed({ token: 'first' });
      await first;
      accepted = 'second';
      const answers = sendMany(50);
      const load = await inTime('a second load', source.nextLoad(), limitMs);
      await until('50 refusals', () => server.requests.length > 50, limitMs);
      // Who does not report them with invalidate() gets time to do it in his own way.
      const endsAt = Date.now() + 200;
      const isReported = (): boolean => manager.stats().refusals >= 50;
      await until('50 reports', () => isReported() || Date.now() > endsAt, limitMs);
      load.succeed({ token: 'second' });
      same(await answers, { 200: 50 });
      equal(source.loads.length, 2);
    },
  ),
];
