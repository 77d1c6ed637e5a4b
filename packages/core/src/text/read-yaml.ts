import type { Schema } from 'js-yaml';
import { goScalars } from './go-scalars.js';
import { type StrictFailure, withoutDeficit } from './yaml-indentation.js';

type Yaml = typeof import('js-yaml');

/** What was read, or a phrase that says of the text why it cannot be: it follows a subject and quotes nothing. */
export type Reading = { readonly value: unknown } | { readonly fault: string };

/** Deeper than any kubeconfig, and far below what would exhaust the stack of a reader that recurses. */
export const maxDepth = 200;

// What aliases stand for, taken together. A kubeconfig with a thousand contexts has some ten thousand values.
const maxExpanded = 200_000;

/**
 * Reads the first YAML document of `text` as kubectl does: undefined when there is none, and the last of two equal keys
 * wins. Objects have no prototype, so that they hold what was written and nothing else.
 *
 * The time it takes grows with the length, and faster with the number of values: ask `exceedsMarks` first.
 */
export async function readYaml(text: string): Promise<Reading> {
  const [start, end] = findDocument(text);
  if (start === end) return { value: undefined };
  const document = text.slice(start, end);
  // Loaded when it is needed: most of what is read is JSON.
  const yaml = await import('js-yaml');
  const reading = load(yaml, document);
  if ('error' in reading) return { fault: faultOf(yaml, reading, countLines(text, start)) };
  const { value } = reading;
  // Only an alias makes one value stand in two places.
  return document.includes('*') ? judgeAliases(value) : { value };
}

/** What YAML says of indentation between brackets and quotes is a rule for `js-yaml`, and none for Go. */
function load(yaml: Yaml, document: string) {
  return withoutDeficit<unknown>(document, {
    read: (text) => yaml.load(text, { schema: schemaOf(yaml), json: true, maxDepth }),
    judge: (error) => {
      const { reason, mark } = error instanceof yaml.YAMLException ? error : {};
      return { line: mark?.line ?? 0, isDeficit: reason === 'deficient indentation' };
    },
  });
}

/** Where the first document begins and ends. What comes behind it is not looked at, so it may be broken. */
function findDocument(text: string): [start: number, end: number] {
  const markers = /(?<![^\n\r])(?:---|\.\.\.)(?![^ \t\n\r])/g;
  let opened: number | undefined;
  let from = 0;
  for (let found = markers.exec(text); found !== null; found = markers.exec(text)) {
    const { index } = found;
    if (opened !== undefined || content.test(text.slice(from, index))) return [opened ?? 0, index];
    from = index + found[0].length;
    if (found[0] === '---') opened = index;
  }
  const isEmpty = opened === undefined && !content.test(text.slice(from));
  return isEmpty ? [0, 0] : [opened ?? from, text.length];
}

// Anything but blanks, comments and directives.
const content = /^[ \t]*[^ \t\n\r#%]/m;

function countLines(text: string, end: number): number {
  return text.slice(0, end).split(/\r\n|\r|\n/).length - 1;
}

/** The reader's own words stay inside, because they may quote the text, and the text holds tokens. */
function faultOf(
  { YAMLException }: Yaml,
  { error, shift }: StrictFailure,
  linesBefore: number,
): string {
  if (!(error instanceof YAMLException)) return 'is not valid YAML';
  const { mark, reason } = error;
  if (/^nesting exceeded/.test(reason)) return `nests deeper than ${maxDepth} levels`;
  if (mark === undefined) return 'is not valid YAML';
  const place = `at line ${linesBefore + mark.line + 1}, column ${mark.column - shift + 1}`;
  if (/^unidentified alias/.test(reason)) {
    return `has an alias ${place} whose anchor it does not hold; put a value that begins with "*" in quotes`;
  }
  if (/^tab characters/.test(reason)) {
    return `is not valid YAML ${place}: a tab indents it; put blanks in its place`;
  }
  return `is not valid YAML ${place}`;
}

interface Extent {
  /** Values, each counted wherever it stands. */
  readonly size: number;
  readonly depth: number;
}

/** An alias is free where it stands, and multiplies what whoever walks through the result has to do. */
function judgeAliases(value: unknown): Reading {
  const extents = new Map<object, Extent>();
  const measure = (part: unknown, level: number): Extent => {
    if (typeof part !== 'object' || part === null) return { size: 1, depth: 0 };
    const known = extents.get(part);
    if (known !== undefined) return known;
    // Met again while its parts are measured, it contains itself.
    extents.set(part, endless);
    // Aliases lead deeper than the reader has gone.
    if (level > maxDepth) return endless;
    let [size, depth] = [1, 0];
    for (const item of Object.values(part)) {
      const extent = measure(item, level + 1);
      size += extent.size;
      depth = Math.max(depth, extent.depth + 1);
    }
    const extent = { size, depth };
    extents.set(part, extent);
    return extent;
  };
  const { size, depth } = measure(value, 0);
  if (size === Number.POSITIVE_INFINITY || depth > maxDepth) {
    return { fault: 'has aliases that lead into each other without end' };
  }
  return size > maxExpanded ? { fault: 'has aliases that multiply' } : { value };
}

const endless: Extent = { size: Number.POSITIVE_INFINITY, depth: 0 };

let goSchema: Schema | undefined;

/** What words and tags mean to Go. A tag that nobody knows changes nothing, as in kubectl. */
function schemaOf(yaml: Yaml): Schema {
  goSchema ??= yaml.FAILSAFE_SCHEMA.withTags(
    goScalars(yaml),
    yaml.mergeTag,
    yaml.binaryTag,
    listTag(yaml, 'tag:yaml.org,2002:seq', false),
    objectTag(yaml, 'tag:yaml.org,2002:map', false),
    ['!', 'tag:'].flatMap((prefix) => [
      yaml.defineScalarTag(prefix, {
        matchByTagPrefix: true,
        resolve: (word) => word,
        identify: isNothing,
      }),
      listTag(yaml, prefix, true),
      objectTag(yaml, prefix, true),
    ]),
  );
  return goSchema;
}

function listTag({ defineSequenceTag }: Yaml, name: string, matchByTagPrefix: boolean) {
  return defineSequenceTag<unknown[]>(name, {
    matchByTagPrefix,
    create: () => [],
    addItem: (items, item) => {
      items.push(item);
    },
    identify: isNothing,
  });
}

function objectTag({ defineMappingTag }: Yaml, name: string, matchByTagPrefix: boolean) {
  return defineMappingTag<Record<string, unknown>>(name, {
    matchByTagPrefix,
    create: () => Object.create(null) as Record<string, unknown>,
    addPair: (pairs, key, value) => {
      if (typeof key === 'object') return 'a key is no word';
      pairs[String(key)] = value;
      return '';
    },
    has: (pairs, key) => String(key) in pairs,
    keys: (pairs) => Object.keys(pairs),
    get: (pairs, key) => pairs[String(key)],
    identify: isNothing,
  });
}

/** Nothing is written with these tags. */
function isNothing(): boolean {
  return false;
}
