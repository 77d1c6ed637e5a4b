import { describeSpread } from '../budget.js';
import type { Spread } from '../paired.js';
import type { FigureTable } from '../section.js';

/** One entry point beside what it loads of others. */
export interface ImportFigures {
  readonly name: string;
  readonly foreign: readonly string[];
  readonly importMs: Spread;
  readonly floorMs: Spread;
  readonly differenceMs: Spread;
  readonly ratio: Spread;
  /** Of whole processes, the start of Node included. */
  readonly processRatio: Spread;
}

/** One program with Keyturn beside the same program without. */
export interface RequestFigures {
  readonly name: string;
  readonly boundMs: Spread;
  readonly bareMs: Spread;
  readonly differenceMs: Spread;
  readonly ratio: Spread;
}

const inMs = (spread: Spread): string => describeSpread(spread, 1);

export function importTable(figures: readonly ImportFigures[]): FigureTable {
  return {
    title: 'Import of every entry point, in fresh processes',
    columns: ['entry point', 'floor', 'import, ms', 'over its floor, ms', 'ratio', 'process ratio'],
    rows: figures.map(({ name, foreign, importMs, differenceMs, ratio, processRatio }) => [
      name,
      foreign.join(', ') || 'an empty module',
      inMs(importMs),
      inMs(differenceMs),
      // Over next to nothing everything is a multitude.
      foreign.length === 0 ? '' : describeSpread(ratio),
      describeSpread(processRatio),
    ]),
    note: 'The floor is a module that imports only what the entry point loads of others, and that is subtracted. The process ratio is that of whole processes, the start of Node included.',
  };
}

export function requestTable(figures: readonly RequestFigures[]): FigureTable {
  return {
    title: 'A fresh process that makes one request and ends',
    columns: ['client', 'Keyturn, ms', 'bare, ms', 'difference, ms', 'ratio'],
    rows: figures.map(({ name, boundMs, bareMs, differenceMs, ratio }) => [
      name,
      inMs(boundMs),
      inMs(bareMs),
      inMs(differenceMs),
      describeSpread(ratio),
    ]),
    note: 'From the start of the process to its end, the import of the client included. The bare programs with a plugin spawn it themselves. Without the container: core/lifecycle and https/bind.',
  };
}
