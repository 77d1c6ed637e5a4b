import { isName, isOrdinaryValue, isPath, namesSecret } from './ordinary-words.js';

// An ExecCredential holds three. Where there are more, nobody knows what else is in it.
const mostSecrets = 100;
const mostCharacters = 262_144;
const mostAssignments = 20_000;

/** A name, and what begins its value: `token=`, `"token": `, `clientKeyData: `. */
export const assignment: RegExp =
  /(?<![\w.-])([A-Za-z][\w.-]{0,60})["']?([ \t]{0,4}[:=][ \t]{0,4})/g;

/**
 * Finds the secrets in what a program printed, each as it stands there: the values of telling names in JSON, YAML and
 * `key=value`, whole or broken; where nothing has a name, the one word there is, or what looks like nothing else.
 * Undefined when there are too many to look for.
 */
export function secretsIn(text: string): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  // JSON inside a string of JSON has its quotes escaped.
  let assignments = 0;
  for (const layer of text.includes('\\"') ? [text, text.replace(/\\+"/g, '"')] : [text]) {
    for (const match of layer.matchAll(assignment)) {
      assignments += 1;
      if (assignments > mostAssignments || found.size > mostSecrets) return undefined;
      const [whole, name = '', separator = ''] = match;
      if (!namesSecret(name)) continue;
      const isLine = separator.includes(':');
      for (const value of valuesAt(layer, match.index + whole.length, isLine)) add(found, value);
    }
  }
  if (assignments === 0 && !/^\s*[{[]/.test(text)) addUnnamed(found, text);
  const characters = [...found].reduce((sum, { length }) => sum + length, 0);
  return found.size > mostSecrets || characters > mostCharacters ? undefined : found;
}

/** Finds the secrets in the configuration of a plugin: values of variables and arguments whose names say so. */
export function secretsOfConfig(
  env: readonly { readonly name: string; readonly value: string }[],
  args: readonly string[],
): readonly string[] {
  const found = new Set<string>();
  for (const { name, value } of env) {
    if (namesSecret(name)) add(found, value);
    addParts(found, value);
  }
  for (const [index, arg] of args.entries()) {
    const [, name = '', value] = /^-{1,2}([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    const secret = value ?? args[index + 1] ?? '';
    if (namesSecret(name) && !(value === undefined && secret.startsWith('-'))) add(found, secret);
    addParts(found, arg);
  }
  return [...found];
}

/** What stands inside a value: JSON, `key=value`, a header, a URL with a password. */
function addParts(found: Set<string>, value: string): void {
  for (const [, password = ''] of value.matchAll(/:\/\/[^\s/@:]{0,200}:([^\s/@]{1,400})@/g)) {
    add(found, password);
  }
  if (!/[:=]/.test(value)) return;
  for (const secret of secretsIn(`{${value}}`) ?? [value]) add(found, secret);
}

function add(found: Set<string>, value: string): void {
  const trimmed = value.trim().replace(/^(?:Bearer|Basic|Token)\s+/i, '');
  if (isOrdinaryValue(trimmed)) return;
  found.add(trimmed);
  // A key in PEM may be repeated line by line.
  const lines = trimmed.split(/(?:\\r)?\\n|\r?\n/);
  if (lines.length < 2 || lines.length > mostSecrets) return;
  for (const line of lines) if (line.trim().length >= 16) found.add(line.trim());
}

function valuesAt(text: string, start: number, isLine: boolean): readonly string[] {
  const quote = text[start];
  if (quote === '"' || quote === "'") return [quotedAt(text, start, quote)];
  if (quote === '[' || quote === '{') return stringsAt(text, start);
  const lineEnd = endOf(text, '\n', start);
  const line = text.slice(start, lineEnd);
  if (/^[|>][-+\d]{0,2}[ \t\r]*$/.test(line)) return [indentedAt(text, lineEnd + 1)];
  const word = /^[^\s,;&}\]"']+/.exec(line)?.[0] ?? '';
  const ends = word.length === line.length || /[,;&}\]"']/.test(line[word.length] ?? '');
  const more = isLine && !ends ? [] : [word];
  return isLine ? [line.replace(/\s*[,}\]]+\s*$/, ''), ...more] : more;
}

/** A text in quotes, or what there is of it where it breaks off. */
function quotedAt(text: string, start: number, quote: string): string {
  let end = start + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === '\\' ? 2 : 1;
  return text.slice(start + 1, end);
}

function stringsAt(text: string, start: number): readonly string[] {
  const chunk = text.slice(start, Math.min(endOf(text, ']', start), endOf(text, '}', start)));
  return [...chunk.matchAll(/(["'])([^"']{3,})\1(?!\s*:)/g)].map(([, , value = '']) => value);
}

/** The lines of a YAML block, up to the first that is not indented. */
function indentedAt(text: string, start: number): string {
  const [block = ''] = /^(?:[ \t]+[^\n]*(?:\n|$)|\n)*/.exec(text.slice(start)) ?? [];
  return block.replace(/^[ \t]+/gm, '');
}

function endOf(text: string, mark: string, start: number): number {
  const index = text.indexOf(mark, start);
  return index === -1 ? text.length : index;
}

function addUnnamed(found: Set<string>, text: string): void {
  const words = text.trim().split(/\s+/, mostAssignments);
  const [only = ''] = words;
  if (words.length === 1) add(found, only);
  else for (const word of words) if (looksLikeSecret(word)) add(found, word);
}

function looksLikeSecret(word: string): boolean {
  const bare = word.replace(/^["'([{<]+|["')\]}>.,;:!?]+$/g, '');
  return bare.length >= 8 && !isName(bare) && !isPath(bare) && !/:\/\//.test(bare);
}
