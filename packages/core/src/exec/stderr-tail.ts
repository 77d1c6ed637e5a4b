import { printable } from '../printable.js';

const redacted = '[redacted]';

// Read and scrubbed first, cut afterwards: a cut through a secret would hide it from the patterns below.
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
   * Returns at most the last 4096 characters, without anything that looks like a secret.
   * @param secrets values that must not appear, whatever they look like.
   * @param stdout what the plugin printed: plugins repeat on stderr what they could not use.
   */
  text(secrets: readonly string[], stdout: Uint8Array): string {
    if (this.#kept.length === 0) return '';
    const kept = this.#kept.toString('utf8');
    // The first word of a cut text may be half a secret.
    const whole = this.#isCut ? kept.replace(/^\S*/, '') : kept;
    // Colours are set aside: a word behind one would be read together with the letters of its sequence.
    const colours = whole.match(colour) ?? [];
    const scrubbed = scrub(hideWordsOf(stdout, whole.replace(colour, '\0')), secrets);
    let next = 0;
    const coloured = scrubbed.replace(/\0/g, () => colours[next++] ?? '');
    return printable(coloured).trim().slice(-shownCharacters);
  }
}

/**
 * Replaces everything in `text` that looks like a secret, and every one of `secrets`.
 *
 * It takes too much rather than too little: a person who needs the rest runs the plugin by hand.
 */
export function scrub(text: string, secrets: readonly string[]): string {
  let scrubbed = text;
  for (const secret of [...secrets].sort((one, other) => other.length - one.length)) {
    if (secret.length >= shortestSecret) scrubbed = scrubbed.replaceAll(secret, redacted);
  }
  for (const [pattern, replacement] of patterns) scrubbed = scrubbed.replace(pattern, replacement);
  return scrubbed.replace(longWord, (word) => (isOrdinary(word) ? word : redacted));
}

/**
 * Hides the words of `stdout` in `text`. Those in plain lower case, and those that every answer holds, stay, so that
 * an error can be read.
 */
function hideWordsOf(stdout: Uint8Array, text: string): string {
  const words = new Set(Buffer.from(stdout).toString('utf8').match(longishWord));
  return text.replace(longishWord, (word) =>
    words.has(word) && !/^[A-Za-z][a-z]*$/.test(word) && !answerWords.test(word) ? redacted : word,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what such a sequence begins with
const colour = /\u001b\[[0-?]*[ -/]*[@-~]|\0/g;

const longishWord = /(?=[\w.~+/-]{8})[\w~+/-]+(?:\.[\w~+/-]+)*/g;

/** Picks the values out of arguments such as `--client-secret=…` and `--password …`. */
export function secretArguments(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => {
    const [, name = '', value] = /^-{1,2}([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (!/secret|token|pass|credential|key/i.test(name)) return [];
    const secret = value ?? args[index + 1] ?? '';
    return secret.startsWith('-') ? [] : [secret];
  });
}

// Shorter ones, such as "1" or "eu", would tear holes into every message.
const shortestSecret = 4;

const answerWords =
  /^(?:ExecCredential|client\.authentication\.k8s\.io\/.*|expirationTimestamp|clientCertificateData|clientKeyData)$/;

const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // PEM, also when one of its ends was cut off.
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, redacted],
  [/^[\s\S]*-----END [A-Z0-9 ]+-----/, redacted],
  [/k8s-aws-v1\.[\w=-]*/g, redacted],
  [/eyJ[\w-]+(?:\.[\w-]*)*/g, redacted],
  [/\b(Bearer|Basic)\s+[^\s"',;]+/gi, `$1 ${redacted}`],
  [/(:\/\/)[^\s/@:]*:[^\s/@]*@/g, `$1${redacted}@`],
  // token=…, "client_secret": "…", password: … Counted, not "any number": those would take seconds on a long line.
  [
    /((?:token|secret|passw(?:or)?d|passphrase|credential|api[_-]?key|access[_-]?key|private[_-]?key|clientkeydata)[\w-]{0,40}["']?\s{0,4}[:=]\s{0,4})(?:"[^"\n]*"?|'[^'\n]*'?|[^\s"',;&}]+)/gi,
    `$1${redacted}`,
  ],
];

const longWord = /[\w+/=~-]{32,}/g;

/** Tells a path or a long name from base64, hex and the like. */
function isOrdinary(word: string): boolean {
  if (/\d/.test(word)) return word.includes('/') && !(/[a-z]/.test(word) && /[A-Z]/.test(word));
  return (word.match(/[a-z][A-Z]/g) ?? []).length < 3;
}
