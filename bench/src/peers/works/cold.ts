import type { Arena } from '../arena.js';
import type { CrowdResult } from '../inside/crowd.js';
import { pluginMs } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { joined } from '../rounds.js';
import { type Figures, inTurns, type Results, seated, type Work, wayOf } from '../work.js';

const few = 100;
const many = 10_000;
const quickAbreast = 3;

export const cold: Work = {
  id: 'cold',
  title: 'Cold start: nothing held, and 100 or 10,000 callers ask in the same turn',
  columns: [
    { figure: 'runs', head: '100: runs', rule: { better: 'less', given: 'well' } },
    { figure: 'well', head: '100: served', rule: { better: 'more' } },
    {
      figure: 'ms',
      head: '100: ms',
      label: 'time',
      rule: { better: 'less', resolution: 5, given: 'well' },
    },
    { figure: 'manyRuns', head: '10,000: runs', rule: { better: 'less', given: 'manyWell' } },
    { figure: 'manyWell', head: '10,000: served', rule: { better: 'more' } },
    {
      figure: 'manyMs',
      head: '10,000: ms',
      label: 'time for 10,000',
      rule: { better: 'less', resolution: 5, given: 'manyWell' },
    },
  ],
  note: `Each crowd in a fresh process, but for the second in a quick run; the plugin sleeps for ${pluginMs} ms. The axios and got rows send requests, 100 new connections whose time says nothing here; the others ask for the credential. Who starts a run for each of 100 callers is spared 10,000. One peer at a time; ${quickAbreast} at the same time in a quick run.`,
  async run(arena) {
    const rounds: Results[] = [];
    for (let round = 0; round < (arena.quick ? 1 : 3); round += 1) {
      rounds.push(await oneRound(arena, joined(rounds)));
    }
    return joined(rounds);
  },
};

function oneRound(arena: Arena, before: Results): Promise<Results> {
  const measure = async (entrant: Entrant): Promise<Figures> =>
    isOut(entrant, before.get(entrant.id)) ? {} : coldStart(arena, entrant);
  return inTurns(arena, 'cold', measure, arena.quick ? quickAbreast : 1);
}

/** Only times differ from round to round: who has none takes part once, and so does who could not be measured. */
function isOut(entrant: Entrant, before: Figures | undefined): boolean {
  if (before === undefined) return false;
  return before['problem'] !== undefined || wayOf(entrant, 'cold') === 'request';
}

async function coldStart(arena: Arena, entrant: Entrant): Promise<Figures> {
  arena.say('cold start', entrant);
  const { runs, well, elapsedMs } = await crowd(arena, entrant, few);
  const counts = { runs: [runs], well: [well] };
  if (wayOf(entrant, 'cold') === 'request') return { ...counts, ms: '', manyRuns: 'not tried' };
  const figures = { ...counts, ms: [elapsedMs] };
  if (runs >= few / 2) return { ...figures, manyRuns: 'not tried' };
  const second = await crowd(arena, entrant, many);
  return {
    ...figures,
    manyRuns: [second.runs],
    manySent: [second.sent],
    manyWell: [second.well],
    manyMs: [second.elapsedMs],
  };
}

function crowd(arena: Arena, entrant: Entrant, callers: number): Promise<CrowdResult> {
  return seated(arena, entrant, async ({ child, setting }) => {
    await child.ask('open', { way: wayOf(entrant, 'cold'), setting });
    return child.ask<CrowdResult>('atOnce', callers);
  });
}
