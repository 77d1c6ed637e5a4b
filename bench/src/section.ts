/** What a section may use, and how it tells what it is doing. */
export interface BenchContext {
  /** A tenth of the work, for a look: the spread is too wide to judge a close figure by. */
  readonly quick: boolean;
  /** Says on one line what is being measured; the next line takes its place on a terminal. */
  readonly say: (progress: string) => void;
}

/** `near`: the budget is missed, but by no more than the median is in doubt. */
export type Verdict = 'holds' | 'near' | 'short';

/** One figure beside its budget (section 8 of the design). */
export interface BudgetLine {
  readonly what: string;
  readonly figure: string;
  readonly budget: string;
  readonly verdict: Verdict;
  /** Of the limit, where that is missed and not zero. */
  readonly shortByPercent?: number;
}

/** A table for people. */
export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader has to know to read the figures right. */
  readonly note?: string;
}

export interface SectionResult {
  readonly budgets: readonly BudgetLine[];
  readonly tables: readonly FigureTable[];
  /** Everything that was measured, as JSON: for results.json and the plots. */
  readonly data: unknown;
}

/** One part of the benchmark, which can be run by itself. */
export interface Section {
  readonly name: string;
  /** What `--help` says of it. */
  readonly summary: string;
  run(context: BenchContext): Promise<SectionResult>;
}
