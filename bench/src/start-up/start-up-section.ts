import { init } from 'es-module-lexer';
import { atMost, describeSpread } from '../budget.js';
import { ratioOf, spreadOf } from '../paired.js';
import type { BenchContext, BudgetLine, Section, SectionResult } from '../section.js';
import { readEntryPoints } from './entry-points.js';
import { type FirstRequest, FirstRequestStage, firstRequests } from './first-request.js';
import { findFloors, type MeasuredEntry, measureImports } from './import-times.js';
import { type ImportFigures, importTable, type RequestFigures, requestTable } from './tables.js';

// What has a budget is measured more often than what only stands in the table, and alone in a quick run.
const budgeted = ['@keyturn/core', '@keyturn/core/binding'];

/** What a program pays before its first answer. */
export const startUpSection: Section = {
  name: 'start-up',
  summary: 'import of every entry point, and the first request of a fresh process',
  run: async (context) => {
    const imports = await measureEveryImport(context);
    const requests = await measureFirstRequests(context);
    return {
      budgets: budgetsOf(imports),
      tables: [importTable(imports), requestTable(requests)],
      data: { imports, requests },
    } satisfies SectionResult;
  },
};

async function measureEveryImport({ quick, say }: BenchContext): Promise<ImportFigures[]> {
  await init();
  const packages = new URL('../../../packages/', import.meta.url);
  const floors = await findFloors(readEntryPoints(packages));
  const figures: ImportFigures[] = [];
  for (const entry of quick ? floors.filter(isBudgeted) : floors) {
    say(`import ${entry.name}`);
    const pairs = await measureImports(entry, pairsOf(entry, quick));
    figures.push({
      name: entry.name,
      foreign: entry.foreign.map(({ specifier }) => specifier),
      importMs: spreadOf(pairs.map(({ ours }) => ours.importMs)),
      floorMs: spreadOf(pairs.map(({ theirs }) => theirs.importMs)),
      differenceMs: spreadOf(pairs.map(({ ours, theirs }) => ours.importMs - theirs.importMs)),
      ratio: ratioOf(pairs, ({ importMs }) => importMs),
      processRatio: ratioOf(pairs, ({ processMs }) => processMs),
    });
  }
  return figures;
}

const isBudgeted = ({ name }: { readonly name: string }): boolean => budgeted.includes(name);

function pairsOf(entry: MeasuredEntry, quick: boolean): number {
  if (quick) return 3;
  return isBudgeted(entry) ? 13 : 3;
}

async function measureFirstRequests({ quick, say }: BenchContext): Promise<RequestFigures[]> {
  await using stage = await FirstRequestStage.open();
  const figures: RequestFigures[] = [];
  for (const request of quick ? firstRequests.slice(0, 2) : firstRequests) {
    const name = nameOf(request);
    say(`first request: ${name}`);
    const pairs = await stage.measure(request, quick ? 1 : 4);
    figures.push({
      name,
      boundMs: spreadOf(pairs.map(({ ours }) => ours)),
      bareMs: spreadOf(pairs.map(({ theirs }) => theirs)),
      differenceMs: spreadOf(pairs.map(({ ours, theirs }) => ours - theirs)),
      ratio: ratioOf(pairs, (elapsedMs) => elapsedMs),
    });
  }
  return figures;
}

function nameOf({ client, origin, isLean = false }: FirstRequest): string {
  const words = [client, origin === 'plugin' ? 'plugin' : 'static credential'];
  return [...words, ...(isLean ? ['without the container'] : [])].join(', ');
}

function budgetsOf(imports: readonly ImportFigures[]): BudgetLine[] {
  return [
    overEmptyModule(20, '@keyturn/core', imports),
    overEmptyModule(15, '@keyturn/core/binding', imports),
  ];
}

function overEmptyModule(
  limitMs: number,
  entry: string,
  imports: readonly ImportFigures[],
): BudgetLine {
  const { differenceMs } = imports.find(({ name }) => name === entry) as ImportFigures;
  return atMost(limitMs, differenceMs, {
    what: `import ${entry}, over an empty module`,
    unit: ' ms',
    describe: (spread) => describeSpread(spread, 1),
  });
}
