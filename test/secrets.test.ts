import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './source-files.js';

/** Files that are committed or would be with `git add .`; undefined outside a git checkout. */
function trackedFiles(): string[] | undefined {
  if (!existsSync(join(root, '.git'))) return undefined;
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .filter((path) => statSync(join(root, path)).isFile());
}

const files = trackedFiles();

// A header alone is a word about keys; a key has base64 after it, on the next line or after an escaped line break.
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\[nr]|[\s'"`+,])*[A-Za-z0-9+/]{16}/;

/** Names each line that matches, without quoting it. */
function linesWith(pattern: RegExp, among: readonly string[]): string[] {
  return among.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe.skipIf(files === undefined)('committed files', () => {
  const tracked = files ?? [];

  it('are found', () => {
    expect(tracked).toContain('package.json');
  });

  it('hold no private key', () => {
    expect(
      tracked.filter((path) => privateKey.test(readFileSync(join(root, path), 'utf8'))),
    ).toEqual([]);
    expect(tracked.filter((path) => /\.(?:pem|key|p12|pfx)$/.test(path))).toEqual([]);
  });

  it('would be caught with a private key, in a file of its own or inside a string', () => {
    const header = ['-----BEGIN', 'EC', 'PRIVATE', 'KEY-----'].join(' ');
    expect(`${header}\nMHcCAQEEIGsomethingElse`).toMatch(privateKey);
    expect(`${header}\\nMHcCAQEEIGsomethingElse`).toMatch(privateKey);
    expect(`${header}' + '\\n' + key`).not.toMatch(privateKey);
  });

  it('hold no registry address', () => {
    const locks = tracked.filter((path) => /(?:package-lock\.json|\.npmrc)$/.test(path));
    expect(linesWith(/"resolved":\s*"http|^\s*registry\s*=/, locks)).toEqual([]);
  });

  it('hold no path of the machine that they were written on', () => {
    // `/home/me` and its like are examples in a sentence.
    const homes = String.raw`[/\\](?:home|Users|root|work|workspaces?|builds)[/\\](?!(?:me|user|you)\b)[\w.-]+`;
    const pattern = new RegExp(`${escaped(root)}|(?:^|[^\\w.)/-])(?:[A-Z]:)?${homes}`);
    expect(linesWith(pattern, tracked)).toEqual([]);
  });
});
