import { differences } from './aspects.js';
import type { Difference } from './difference.js';
import { type Explanation, explained } from './explained.js';
import type { Kubectl } from './find-kubectls.js';
import type { Laboratory } from './laboratory.js';
import type { Observation } from './observation.js';
import { runKeyturn, runKubectl } from './run-programs.js';
import type { Trial } from './trial.js';

// Both programs are busy with the processor most of the time.
const atATime = 3;

/** Runs trials with both programs, and remembers what Keyturn did: it does the same beside every kubectl. */
export class Comparison {
  /** Explanations that were needed so far. */
  readonly used = new Set<Explanation>();
  /** Trials of which kubectl sent a request, and those of which it did not. */
  readonly counts = { sent: 0, refused: 0 };
  readonly #laboratory: Laboratory;
  readonly #stderr: () => string;
  readonly #keyturn = new Map<Trial, Promise<Observation>>();

  /** @param stderr gives what our own process has written to stderr so far. */
  constructor(laboratory: Laboratory, stderr: () => string) {
    this.#laboratory = laboratory;
    this.#stderr = stderr;
  }

  /** Lists the differences that nothing explains. */
  async unexplained(kubectl: Kubectl, trials: readonly Trial[]): Promise<readonly Difference[]> {
    const found: Difference[] = [];
    const waiting = [...trials];
    const work = async (): Promise<void> => {
      for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
        const difference = await this.#compare(kubectl, trial);
        if (difference !== undefined && !this.#isExplained(difference)) found.push(difference);
      }
    };
    await Promise.all(Array.from({ length: atATime }, work));
    return found;
  }

  async #compare(kubectl: Kubectl, trial: Trial): Promise<Difference | undefined> {
    const prepared = await this.#laboratory.prepare(trial);
    const kubectlSaw = await runKubectl(kubectl, prepared, this.#laboratory);
    const known = this.#keyturn.get(trial) ?? runKeyturn(prepared, this.#stderr);
    this.#keyturn.set(trial, known);
    const keyturnSaw = await known;
    this.counts[kubectlSaw.refusal === undefined ? 'sent' : 'refused'] += 1;
    const aspects = differences(kubectlSaw, keyturnSaw);
    return aspects.length === 0 ? undefined : { trial, kubectl, aspects, kubectlSaw, keyturnSaw };
  }

  #isExplained(difference: Difference): boolean {
    const explanation = explained.find(({ covers }) => covers(difference));
    if (explanation !== undefined) this.used.add(explanation);
    return explanation !== undefined;
  }
}
