import { describe, expect, it } from 'vitest';
import { type EntryPoint, everyEntryPoint } from './entry-points.js';
import { packageSources, textOf, withoutComments } from './source-files.js';

/** Names that only the compiler sees: interfaces, type aliases and what is exported with `type`. */
function typeNames(source: string): string[] {
  const code = withoutComments(textOf(source));
  const declared = [...code.matchAll(/\bexport\s+(?:interface|type)\s+(\w+)/g)].map(
    (match) => match[1] ?? '',
  );
  const listed = [...code.matchAll(/\bexport\s+(type\s+)?\{([^}]*)\}/g)].flatMap((match) =>
    (match[2] ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '' && (match[1] !== undefined || item.startsWith('type ')))
      .map((item) => item.replace(/^type\s+/, '').replace(/^.*\sas\s+/, '')),
  );
  return [...declared, ...listed].sort();
}

/** The sources of every package, blank where a comment stood. */
const code: readonly string[] = packageSources().map((path) => withoutComments(textOf(path)));

/** What stands behind the name of an exported interface or type, up to the first line that is not indented. */
const declarationOf = (name: string): RegExp =>
  new RegExp(`^export (?:interface|type) ${name}\\b.*(?:\\n(?: .*)?$)*(?:\\n})?`, 'm');

/** The declaration of a type, one member a line; a name that two packages declare has both. */
function membersOf(name: string): string[] {
  const found = code.flatMap((text) => declarationOf(name).exec(text) ?? []);
  const lines = found.flatMap((declaration) => declaration.split('\n'));
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}

const isBuilt = process.env['TEST_TARGET'] === 'dist';
const ofBinding = new Set(Object.keys(await import('@keyturn/core/binding')));

/** The built file of `/container` holds what `/binding` has, for our adapters: docs/decisions/0048. Nobody is told of it. */
function isAdaptersOwn(specifier: string, name: string): boolean {
  return isBuilt && specifier === '@keyturn/core/container' && ofBinding.has(name);
}

async function surfaceOf({ specifier, source }: EntryPoint): Promise<string> {
  const values = Object.keys((await import(specifier)) as object)
    .filter((name) => !isAdaptersOwn(specifier, name))
    .sort();
  return [
    specifier,
    ...values.map((name) => `  ${name}`),
    ...typeNames(source).map((name) => `  type ${name}`),
  ].join('\n');
}

describe('the public names', () => {
  // A rename or a removal breaks programs. Accept an intended change with
  // `npx vitest run test/api-surface.test.ts --update`, and tell it in CHANGELOG.md.
  it('of every entry point, and the members of every type, are the ones that are written down', async () => {
    const surfaces = await Promise.all(everyEntryPoint.map(surfaceOf));
    const types = new Set(everyEntryPoint.flatMap(({ source }) => typeNames(source)));
    const members = [...types].sort().map((name) => membersOf(name).join('\n') || name);
    // Those of inversify, which are not ours to change.
    const foreign = ['ContainerModuleLoadOptions', 'ServiceIdentifier'];
    expect(members.filter((text) => !text.startsWith('export '))).toEqual(foreign);
    await expect(`${[...surfaces, ...members].join('\n\n')}\n`).toMatchFileSnapshot(
      './api-surface.txt',
    );
  });

  it('are seen with their members, whatever is said about them', () => {
    expect(membersOf('RefusedOption')).toEqual([
      'export interface RefusedOption {',
      '  readonly refusedBecause: string;',
      '}',
    ]);
    expect(membersOf('RefreshReason')).toHaveLength(1);
  });
});
