/** A reader of YAML that wants every line between brackets or quotes indented deeper than what they belong to. */
export interface StrictReader<Value> {
  readonly read: (text: string) => Value;
  /** Where a failure stands, its line from 0, and whether it is that the line is not indented enough. */
  readonly judge: (error: unknown) => { readonly line: number; readonly isDeficit: boolean };
}

/** Why a text cannot be read. */
export interface StrictFailure {
  readonly error: unknown;
  /** How many columns further to the right it stands than in the text that was given. */
  readonly shift: number;
}

// Wider than anybody indents the keys that such lines belong to.
const blanks = ' '.repeat(64);

// What reading again may cost, in characters: some fifty lines of a kubeconfig with ten contexts.
const maxReread = 1_048_576;

/**
 * Reads `text` with a reader that is stricter than people are, who write
 * ```yaml
 * users: [
 *   { name: me, user: { token: x } }
 * ]
 * ```
 * Blanks at the start of a line mean nothing between brackets or quotes, and where the reader says that a line lacks them it
 * stands there: so they are given to it, and the text is read again. No other line is given any, because it may be a part of a
 * text. Where that does not help, the first line that lacked them and does not close anything is what is wrong: most often
 * something before it has no end.
 */
export function withoutDeficit<Value>(
  text: string,
  reader: StrictReader<Value>,
): { readonly value: Value } | StrictFailure {
  let indented = text;
  let blamed: StrictFailure | undefined;
  for (let budget = maxReread; ; budget -= indented.length) {
    const reading = attempt(indented, reader);
    if ('value' in reading) return reading;
    const { start, shift, isDeficit } = reading;
    if (!isDeficit || shift > 0 || budget < 0) return blamed ?? reading;
    if (!closing.test(indented.slice(start))) blamed ??= reading;
    indented = indent(indented, start);
  }
}

function attempt<Value>(text: string, { read, judge }: StrictReader<Value>) {
  try {
    return { value: read(text) };
  } catch (error) {
    const { line, isDeficit } = judge(error);
    const start = startOf(text, line);
    return { error, start, isDeficit, shift: text.startsWith(blanks, start) ? blanks.length : 0 };
  }
}

function startOf(text: string, line: number): number {
  const breaks = /\r\n|\r|\n/g;
  for (let passed = 0; passed < line; passed += 1) breaks.exec(text);
  return breaks.lastIndex;
}

const closing = /^[ \t]*[\]}]/;

function indent(text: string, start: number): string {
  return text.slice(0, start) + blanks + text.slice(start);
}
