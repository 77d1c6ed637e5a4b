import type { Difference } from './difference.js';

/** A difference that is meant. */
export interface Explanation {
  readonly why: string;
  /** Name of the record in `docs/decisions`. */
  readonly decision: string;
  readonly covers: (difference: Difference) => boolean;
  /** Only some versions of kubectl differ here. */
  readonly isForSomeVersions?: boolean;
}

type Covers = Explanation['covers'];

/** Keyturn refuses these at `step`, whether kubectl sends them or refuses them later. */
export function stricter(step: string, ...names: readonly string[]): Covers {
  return ({ trial, keyturnSaw }) => names.includes(trial.name) && keyturnSaw.refusal?.step === step;
}

/** kubectl refuses these, and Keyturn sends them. */
export function looser(...names: readonly string[]): Covers {
  return ({ trial, kubectlSaw, keyturnSaw }) =>
    names.includes(trial.name) &&
    kubectlSaw.refusal !== undefined &&
    keyturnSaw.refusal === undefined;
}

export function either(...all: readonly Covers[]): Covers {
  return (difference) => all.some((covers) => covers(difference));
}

export function messageOf({ refusal }: Difference['kubectlSaw']): string {
  return refusal?.message ?? '';
}
