import { describe, expect, it } from 'vitest';
import { everyEntryPoint } from './entry-points.js';
import { textOf, withoutComments } from './source-files.js';

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

async function surfaceOf(specifier: string, source: string): Promise<string> {
  const values = Object.keys((await import(specifier)) as object).sort();
  return [
    specifier,
    ...values.map((name) => `  ${name}`),
    ...typeNames(source).map((name) => `  type ${name}`),
  ].join('\n');
}

describe('the public names', () => {
  // A rename or a removal breaks programs. Accept an intended change with
  // `npx vitest run test/api-surface.test.ts --update`, and tell it in CHANGELOG.md.
  it('of every entry point are the ones that are written down', async () => {
    const surfaces = await Promise.all(
      everyEntryPoint.map(({ specifier, source }) => surfaceOf(specifier, source)),
    );
    await expect(`${surfaces.join('\n\n')}\n`).toMatchFileSnapshot('./api-surface.txt');
  });
});
