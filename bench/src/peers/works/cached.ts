import { inRounds } from '../rounds.js';
import { type Work, wayOf } from '../work.js';

export const cached: Work = {
  id: 'cached',
  title: 'Cached lookup: a fresh credential is held',
  columns: [
    { figure: 'ns', head: 'ns each', label: 'time', rule: { better: 'less', resolution: 5 } },
  ],
  note: "Everything but peek() is awaited. client-node: its authenticator alone. Azure: its token cycler alone, taken from the package's files because it is not exported. axios-auth-refresh and got's recipe look nothing up.",
  run: (arena) =>
    inRounds(arena, 'cached', {
      rounds: arena.quick ? 3 : 7,
      open: async ({ child, entrant, setting }) => {
        await child.ask('openLookup', { way: wayOf(entrant, 'cached'), setting });
        await child.ask('stretch', arena.quick ? 20 : 100);
      },
      measure: async ({ child }) => ({ ns: [await child.ask<number>('stretch', 30)] }),
    }),
};
