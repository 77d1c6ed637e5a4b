import { describeSpread } from '../budget.js';
import { type Pair, ratioOf, type Spread, spreadOf } from '../paired.js';
import type { FigureTable } from '../section.js';
import type { Contest } from './contests.js';
import type { ProcessCost } from './run-node.js';

/** One entry point beside its client. Milliseconds of processor time. */
export interface ImportFigures {
  readonly name: string;
  readonly client: string | undefined;
  readonly importMs: Spread;
  readonly differenceMs: Spread;
}

/** Two programs that do the same. */
export interface ContestFigures {
  readonly name: string;
  readonly beside: string;
  readonly mostCpu: number | undefined;
  readonly cpuMs: Spread;
  readonly besideCpuMs: Spread;
  readonly cpuRatio: Spread;
  readonly wallRatio: Spread;
}

/** What an `npm install` in an empty folder brings. */
export interface Install {
  readonly what: string;
  readonly packages: number;
  readonly kib: number;
  /** Packages that are neither ours nor the client's. */
  readonly strangers?: number;
}

const inMs = (spread: Spread): string => describeSpread(spread, 1);

export function summarise(contest: Contest, pairs: readonly Pair<ProcessCost>[]): ContestFigures {
  const { name, beside, mostCpu } = contest;
  return {
    name,
    beside,
    mostCpu,
    cpuMs: spreadOf(pairs.map(({ ours }) => ours.cpuMs)),
    besideCpuMs: spreadOf(pairs.map(({ theirs }) => theirs.cpuMs)),
    cpuRatio: ratioOf(pairs, ({ cpuMs }) => cpuMs),
    wallRatio: ratioOf(pairs, ({ wallMs }) => wallMs),
  };
}

export function contestTable(title: string, figures: readonly ContestFigures[]): FigureTable {
  return {
    title,
    columns: ['program', 'beside', 'CPU, ms', 'beside, ms', 'CPU ratio', 'wall ratio'],
    rows: figures.map(({ name, beside, cpuMs, besideCpuMs, cpuRatio, wallRatio }) => [
      name,
      beside,
      inMs(cpuMs),
      inMs(besideCpuMs),
      describeSpread(cpuRatio),
      describeSpread(wallRatio),
    ]),
    note: 'Whole processes, in turns, from start to end, Node itself and the import of the client included. CPU is user and system time of the process, not of the plugin. fetch is that of undici.',
  };
}

export function importTable(figures: readonly ImportFigures[]): FigureTable {
  return {
    title: 'Import of every entry point, in fresh processes, CPU',
    columns: ['entry point', 'over', 'import, ms', 'difference, ms'],
    rows: figures.map(({ name, client, importMs, differenceMs }) => [
      name,
      client ?? 'an empty module',
      inMs(importMs),
      inMs(differenceMs),
    ]),
    note: 'Processor time, user and system. What a program has loaded anyway, its client, is subtracted.',
  };
}

export function installTable(installs: readonly Install[]): FigureTable {
  return {
    title: 'What an install brings',
    columns: ['npm install', 'packages', 'KiB'],
    rows: installs.map(({ what, packages, kib }) => [
      what,
      String(packages),
      kib.toLocaleString('en'),
    ]),
    note: 'In an empty folder, without dev dependencies. Ours are the tarballs of this tree.',
  };
}
