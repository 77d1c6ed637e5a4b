import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { isCredentialError } from '@keyturn/core';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BrokenKubeconfig, brokenKubeconfigs } from './broken-kubeconfigs.js';
import { makeTestCertificates } from './test-certificates.js';

const table = brokenKubeconfigs(await makeTestCertificates());

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keyturn-broken-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function load({ text, files = {}, path: name = 'config', context }: BrokenKubeconfig) {
  if (text !== undefined) await writeFile(path.join(directory, 'config'), text);
  for (const [file, content] of Object.entries(files)) {
    await writeFile(path.join(directory, file), content);
  }
  const file = path.join(directory, name);
  const error: unknown = await loadKubeconfig({ path: file, context }).catch((thrown) => thrown);
  if (!isCredentialError(error)) throw new Error(`Loaded, or failed otherwise: ${inspect(error)}`);
  const said = `${error.code.replace('ERR_KUBECONFIG_', '')} ${error.message}`;
  return {
    error,
    said: said.replaceAll(JSON.stringify(file), 'FILE').replaceAll(directory, 'DIR'),
  };
}

describe('a broken kubeconfig', () => {
  it.each(table)('is told what to do about $name', async (row) => {
    const { error, said } = await load(row);
    expect(said).toBe(row.says);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cret');
  });

  it('is of one of more than 100 kinds, each with a name and a sentence of its own', () => {
    expect(table.length).toBeGreaterThan(100);
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  });

  it.each(table)('names file, entry, context, field and next step: $name', ({ says }) => {
    expect(says).toContain('FILE');
    const isOfAnEntry = /\b(?:user|cluster) "(?:me|prod)" in FILE/.test(says);
    if (isOfAnEntry) expect(says).toMatch(/"(?:me|prod)" in FILE \(context "work"\)/);
    if (/^(?:FIELD|UNSUPPORTED)/.test(says)) expect(says).toMatch(/Field "|User "me" in FILE/i);
    // A fact, and behind it what to do.
    expect(says).toMatch(/(?:[.;?:]|must be one of|is missing[.,]) \S[^.]*/);
  });
});
