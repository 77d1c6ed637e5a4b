import type { CredentialMaterial, CredentialSource, LoadContext } from '../contract.js';
import type { CheckedRun } from './checked-run.js';
import { isInteractive } from './interaction.js';

/** What gets the material of a source, when it has been read. */
export interface Loader {
  load(context: LoadContext): Promise<CredentialMaterial>;
}

/** A login that nobody answers takes longer than this to give up, in every plugin that has one. */
const shortestUnansweredMs = 30_000;

/** A source that runs a program, and knows whether that may ask somebody something. */
export class PluginSource implements CredentialSource {
  readonly name: string;
  readonly #config: CheckedRun;
  readonly #loader: Loader | Promise<Loader>;

  constructor(name: string, config: CheckedRun, loader: Loader | Promise<Loader>) {
    this.name = name;
    this.#config = config;
    this.#loader = loader;
  }

  isInteractive(): boolean {
    return isInteractive(this.#config);
  }

  // A plugin may open a browser where there is no terminal, and says nothing about it. What has ended sooner has waited for
  // nobody. What has not may also have waited for a network: most plugins run in this mode because it is the default, and
  // an outage must not look like an empty chair.
  mayHaveAsked(tookMs: number): boolean | 'perhaps' {
    const { interactiveMode } = this.#config;
    if (interactiveMode === 'Never') return false;
    if (interactiveMode === 'Always' && this.isInteractive()) return true;
    return tookMs >= shortestUnansweredMs && 'perhaps';
  }

  async load(context: LoadContext): Promise<CredentialMaterial> {
    const loader = await this.#loader;
    return loader.load(context);
  }
}
