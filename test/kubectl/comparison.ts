import { differences } from './aspects.js';
import type { Difference } from './difference.js';
import type { Explanation } from './explanation.js';
import type { Kubectl } from './find-kubectls.js';
import type { Laboratory } from './laboratory.js';
import type { Observation } from './observation.js';
import { runKeyturn, runKubectl } from './run-programs.js';
import type { Trial } from './trial.js';

// Both programs are busy with the processor most of the time.
const atATime = 3;

export interface ComparisonParts {
  readonly laboratory: Laboratory;
  /** The differences that are meant. */
  readonly explained: readonly Explanation[];
  /** Gives what our own process has written to stderr so far. */
  readonly stderr: () => string;
}

/** How one trial came out. */
export interface Outcome {
  readonly trial: Trial;
  readonly kubectl: Kubectl;
  readonly kubectlSaw: Observation;
  readonly keyturnSaw: Observation;
  /** Undefined where both did the same. */
  readonly difference?: Difference;
  /** Of the difference, where it is meant. */
  readonly explanation?: Explanation;
}

/** Runs trials with both programs, and remembers what Keyturn did: it does the same beside every kubectl. */
export class Comparison {
  /** Explanations that were needed so far. */
  readonly used = new Set<Explanation>();
  /** Trials of which kubectl sent a request, and those of which it did not. */
  readonly counts = { sent: 0, refused: 0 };
  readonly #laboratory: Laboratory;
  readonly #explained: readonly Explanation[];
  readonly #stderr: () => string;
  readonly #keyturn = new Map<Trial, Promise<Observation>>();

  constructor({ laboratory, explained, stderr }: ComparisonParts) {
    this.#laboratory = laboratory;
    this.#explained = explained;
    this.#stderr = stderr;
  }

  /** Tries each, in the order of `trials`. */
  async outcomes(kubectl: Kubectl, trials: readonly Trial[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    const waiting = [...trials.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, trial] = next;
        outcomes[index] = await this.#try(kubectl, trial);
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
    return outcomes;
  }

  async #try(kubectl: Kubectl, trial: Trial): Promise<Outcome> {
    const prepared = await this.#laboratory.prepare(trial);
    const kubectlSaw = await runKubectl(kubectl, prepared, this.#laboratory);
    const known = this.#keyturn.get(trial) ?? runKeyturn(prepared, this.#stderr);
    this.#keyturn.set(trial, known);
    const keyturnSaw = await known;
    this.counts[kubectlSaw.refusal === undefined ? 'sent' : 'refused'] += 1;
    const outcome = { trial, kubectl, kubectlSaw, keyturnSaw };
    const aspects = differences(kubectlSaw, keyturnSaw);
    if (aspects.length === 0) return outcome;
    const difference = { ...outcome, aspects };
    const explanation = this.#explained.find(({ covers }) => covers(difference));
    if (explanation === undefined) return { ...outcome, difference };
    this.used.add(explanation);
    return { ...outcome, difference, explanation };
  }
}

/** The differences that nothing explains. */
export function unexplained(outcomes: readonly Outcome[]): readonly Difference[] {
  return outcomes.flatMap(({ difference, explanation }) =>
    difference === undefined || explanation !== undefined ? [] : [difference],
  );
}
