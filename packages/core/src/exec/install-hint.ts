import type { Clock } from '../contract.js';
import { Sometimes } from '../lifecycle/sometimes.js';
import { printable } from '../printable.js';

// As client-go: often enough to be seen, not so often that a retry loop fills a log with it.
const limit = { threshold: 10, intervalMs: 3_600_000 } as const;

const helpUrl =
  'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins';

/** What somebody has to know who meets a missing plugin for the first time. */
export const aboutPlugins: string = `The program is a credential plugin, which has to be installed on its own.\nWhat such plugins are: ${helpUrl}`;

/** Tells a person how to get a missing program, at most 10 times an hour. */
export class InstallHint {
  readonly #text: string;
  readonly #sometimes: Sometimes;

  constructor(hint: string, clock: Clock, about: string = '') {
    const paragraphs = [about, printable(hint).trim()].filter((each) => each !== '');
    this.#text = paragraphs.map((each) => `\n\n${each}`).join('');
    this.#sometimes = new Sometimes(limit, clock);
  }

  /** Returns the help to put behind a "not found" message, or an empty string when it was shown often enough. */
  text(): string {
    let help = '';
    this.#sometimes.run(() => {
      help = this.#text;
    });
    return help;
  }
}
