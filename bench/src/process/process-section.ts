import { atMost, describeSpread, exactly, withinLimit } from '../budget.js';
import { installApart } from '../install-apart.js';
import { spreadOf } from '../paired.js';
import { Arena } from '../peers/arena.js';
import type { BenchContext, BudgetLine, Section } from '../section.js';
import {
  bareContests,
  type Contest,
  measureContest,
  openServer,
  peerContests,
} from './contests.js';
import { readEntryPoints } from './entry-points.js';
import { measureImports } from './import-times.js';
import { budgetedInstalls, measureInstalls } from './installs.js';
import {
  type ContestFigures,
  contestTable,
  type ImportFigures,
  type Install,
  importTable,
  installTable,
  summarise,
} from './tables.js';

const peersFolder = new URL('../../peers/', import.meta.url);
const packages = new URL('../../../packages/', import.meta.url);
const importBudgets: Readonly<Record<string, number>> = {
  '@keyturn/core': 20,
  '@keyturn/core/binding': 15,
};

/** What a program pays for Keyturn before its first answer, and on its disk. */
export const processSection: Section = {
  name: 'process',
  summary:
    'whole processes beside bare clients and peers: CPU, wall; imports; what an install brings',
  async run(context) {
    const bare = await measureBare(context);
    const imports = await measureEveryImport(context);
    // Their plugins need a POSIX shell. A look does without what is fetched.
    const isWhole = !context.quick && process.platform !== 'win32';
    const peers = isWhole ? await measurePeers(context) : [];
    const installs = context.quick ? [] : await measureInstalls(context);
    return {
      budgets: [
        ...bare.flatMap(cpuBudget),
        ...imports.flatMap(importBudget),
        ...installBudgets(installs),
      ],
      tables: [
        contestTable('A whole process, beside one without Keyturn', bare),
        contestTable('A whole process, beside those of peers', peers),
        importTable(imports),
        installTable(installs),
      ].filter(({ rows }) => rows.length > 0),
      data: { bare, peers, imports, installs },
    };
  },
};

async function measureBare(context: BenchContext): Promise<ContestFigures[]> {
  const { server, task } = await openServer();
  await using _server = server;
  return await measureAll(bareContests(task), context);
}

async function measurePeers(context: BenchContext): Promise<ContestFigures[]> {
  await installApart(peersFolder, () => context.say('process: installing the peers, once'));
  await using arena = await Arena.open(context);
  return await measureAll(await peerContests(arena), context);
}

async function measureAll(
  contests: readonly Contest[],
  { quick, say }: BenchContext,
): Promise<ContestFigures[]> {
  const figures: ContestFigures[] = [];
  for (const contest of contests) {
    say(`process: ${contest.name}, beside ${contest.beside}`);
    const count = contest.mostCpu === undefined ? 9 : 31;
    figures.push(summarise(contest, await measureContest(contest, quick ? 3 : count)));
  }
  return figures;
}

async function measureEveryImport({ quick, say }: BenchContext): Promise<ImportFigures[]> {
  const figures: ImportFigures[] = [];
  for (const entry of readEntryPoints(packages)) {
    const isBudgeted = entry.name in importBudgets;
    if (quick && !isBudgeted) continue;
    say(`process: import ${entry.name}`);
    const pairs = await measureImports(entry, isBudgeted && !quick ? 13 : 3);
    figures.push({
      name: entry.name,
      client: entry.client,
      importMs: spreadOf(pairs.map(({ ours }) => ours)),
      differenceMs: spreadOf(pairs.map(({ ours, theirs }) => ours - theirs)),
    });
  }
  return figures;
}

function cpuBudget({ name, beside, cpuRatio, mostCpu }: ContestFigures): BudgetLine[] {
  if (mostCpu === undefined) return [];
  return [atMost(mostCpu, cpuRatio, { what: `whole process, ${name} ÷ ${beside}, CPU` })];
}

function importBudget({ name, differenceMs }: ImportFigures): BudgetLine[] {
  const limitMs = importBudgets[name];
  if (limitMs === undefined) return [];
  const describe = (spread: typeof differenceMs): string => describeSpread(spread, 1);
  const what = `import ${name}, over an empty module, CPU`;
  return [atMost(limitMs, differenceMs, { what, unit: ' ms', describe })];
}

function installBudgets(installs: readonly Install[]): BudgetLine[] {
  const [core, added] = budgetedInstalls(installs);
  if (core === undefined || added === undefined) return [];
  return [
    exactly(0, core.strangers ?? 0, 'third-party packages installed below @keyturn/core'),
    exactly(0, added.strangers ?? 0, 'third-party packages that core + https + axios add to axios'),
    withinLimit(added.kib, 2_000, {
      what: 'installed by core + https + axios beside axios',
      figure: `${added.kib.toLocaleString('en')} KiB`,
      budget: '≤ 2,000 KiB',
    }),
  ];
}
