import { printable } from '../printable.js';
import { decodeText } from '../text/decode-text.js';
import { hideSecrets, redacted } from '../text/hide-secrets.js';
import { isName, isOrdinaryValue, isPath, namesSecret } from './ordinary-words.js';
import { assignment, secretsIn } from './secret-values.js';

// Read and scrubbed first, cut afterwards: a cut through a secret would hide it from what looks for it.
const keptBytes = 65_536;
const shownCharacters = 4_096;

/** Keeps the end of what a plugin writes to stderr, for the error that may follow. */
export class StderrTail {
  #kept: Buffer = Buffer.alloc(0);
  #isCut = false;

  add(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#kept, chunk]);
    this.#isCut ||= all.length > keptBytes;
    this.#kept = all.subarray(-keptBytes);
  }

  /**
   * Returns at most the last 4096 characters, without a secret.
   * @param secrets values that must not appear, whatever they look like.
   * @param stdout what the plugin printed: plugins repeat on stderr what they could not use.
   */
  text(secrets: readonly string[], stdout: Uint8Array): string {
    if (this.#kept.length === 0) return '';
    const kept = this.#kept.toString('utf8');
    const printed = secretsIn(decodeText(stdout).text);
    if (printed === undefined) return redacted;
    const hidden = hideSecrets(kept, [...secrets, ...printed], this.#isCut);
    // The first word of a cut text may be half a secret that nobody knows.
    const whole = this.#isCut ? hidden.replace(/^\S*/, '') : hidden;
    // Colours are set aside: a word behind one would be read together with the letters of its sequence.
    const colours = whole.match(colour) ?? [];
    const scrubbed = scrub(whole.replace(colour, '\0'));
    let next = 0;
    const coloured = scrubbed.replace(/\0/g, () => colours[next++] ?? '');
    return printable(coloured).trim().slice(-shownCharacters);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what such a sequence begins with
const colour = /\u001b\[[0-?]*[ -/]*[@-~]|\0/g;

/**
 * Replaces what looks like a secret in `text`, though nobody has said that it is one. What people need to read stays:
 * names, paths, regions, ids of accounts, and the words behind "token:" in a sentence.
 */
export function scrub(text: string): string {
  let scrubbed = text;
  for (const [pattern, replacement] of patterns) scrubbed = scrubbed.replace(pattern, replacement);
  return scrubAssignments(scrubbed).replace(longWord, (word) =>
    isOrdinary(word) ? word : redacted,
  );
}

const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // PEM, also when one of its ends was cut off.
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, redacted],
  [/^[\s\S]*-----END [A-Z0-9 ]+-----/, redacted],
  [/k8s-aws-v1\.[\w=-]*/g, redacted],
  [/eyJ[\w-]+(?:\.[\w-]*)*/g, redacted],
  // "Basic authentication" is no header.
  [/\b(Bearer|Basic)\s+(?![a-z]+[.,:;]?(?:\s|$))[^\s"',;]+/g, `$1 ${redacted}`],
  [/(:\/\/)[^\s/@:]*:[^\s/@]*@/g, `$1${redacted}@`],
];

/** token=…, "client_secret": "…", password: … */
function scrubAssignments(text: string): string {
  return text.replace(
    assigned,
    (whole, start: string, name: string, separator: string, value: string, rest: string) => {
      if (!namesSecret(name)) return whole;
      const isQuoted = /^["']/.test(value);
      const bare = isQuoted ? value.replace(/^["']|["']$/g, '') : value;
      if (isOrdinaryValue(bare)) return whole;
      if (!isQuoted && separator.includes(':') && isProse(bare, rest)) return whole;
      return `${start}${redacted}`;
    },
  );
}

const assigned = new RegExp(
  `(${assignment.source})("[^"\\n]*"?|'[^'\\n]*'?|[^\\s"',;&}]+)(?=([^\\n]{0,40}))`,
  'g',
);

/** "token: exit status 1" and "credentials: AccessDenied" tell what happened. */
function isProse(word: string, rest: string): boolean {
  return /^[A-Za-z]+$/.test(word) && (/^\s+\S/.test(rest) || /[a-z][A-Z]/.test(word));
}

const longWord = /[\w+/~.-]{32,}={0,2}/g;

/** Tells a path or a long name from base64, hex and the like. */
function isOrdinary(word: string): boolean {
  return isName(word) || isPath(word) || word.split('/').every(isName);
}
