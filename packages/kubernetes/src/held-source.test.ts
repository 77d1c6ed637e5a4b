import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Fields } from './fields.js';
import { heldSource } from './held-source.js';
import type { HeldCredentials } from './user.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keyturn-held-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const now = 1_000_000;
const sourceOf = (held: HeldCredentials) => {
  const place = { file: '"f"', directory, entry: 'user "u"', context: 'c' };
  return heldSource(held, Fields.of({}, place), () => now);
};
const load = (held: HeldCredentials) =>
  sourceOf(held).load({ reason: 'initial', signal: new AbortController().signal });
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(path.join(directory, name), text);
  return path.join(directory, name);
};
const pem = (word: string) => `-----BEGIN ${word}-----\n`;

describe('heldSource', () => {
  it('gives what stands in the kubeconfig, for good', async () => {
    const pair = {
      certificate: { field: 'client-certificate-data', text: pem('C') },
      privateKey: { field: 'client-key-data', text: pem('K') },
    };
    expect(await load({ token: 't', pair })).toEqual({
      token: 't',
      clientCertificate: { certificate: pem('C'), privateKey: pem('K') },
      expiresAt: undefined,
    });
  });

  it('reads a token file anew at each load and asks to be asked again after a minute', async () => {
    const tokenFile = await file('token', 'one\n');
    const source = sourceOf({ tokenFile });
    const context = { reason: 'due', signal: new AbortController().signal } as const;
    expect(await source.load(context)).toMatchObject({ token: 'one', expiresAt: now + 60_000 });
    await file('token', ' two ');
    expect(await source.load(context)).toMatchObject({ token: 'two' });
  });

  it('reads certificate files anew at each load and asks to be asked again after five minutes', async () => {
    const pair = {
      certificate: { field: 'client-certificate', file: await file('c', pem('C1')) },
      privateKey: { field: 'client-key-data', text: pem('K') },
    };
    expect(await load({ pair })).toMatchObject({ expiresAt: now + 300_000 });
    await file('c', pem('C2'));
    expect(await load({ pair })).toMatchObject({ clientCertificate: { certificate: pem('C2') } });
  });

  it('prefers the token file, and the token where the file is missing or empty', async () => {
    const tokenFile = path.join(directory, 'token');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'fixed' });
    await file('token', '\n');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'fixed' });
    await file('token', 'read');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'read' });
  });

  it('names a file that is missing or empty, its field, user, context and kubeconfig', async () => {
    const tokenFile = path.join(directory, 'token');
    await expect(load({ tokenFile })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: `File "${tokenFile}", which field "tokenFile" of user "u" in "f" (context "c") names, cannot be read: it does not exist.`,
    });
    await file('token', '');
    await expect(load({ tokenFile })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_FIELD',
      message: expect.stringContaining('which is empty'),
    });
  });

  it('refuses a certificate that is no PEM text without quoting it', async () => {
    const pair = {
      certificate: { field: 'client-certificate-data', text: 's3cret' },
      privateKey: { field: 'client-key-data', text: pem('K') },
    };
    await expect(load({ pair })).rejects.toMatchObject({
      message:
        'Field "client-certificate-data" of user "u" in "f" (context "c") holds no PEM text.',
    });
  });

  it('shows no secret when it is printed', () => {
    const source = sourceOf({ token: 's3cret' });
    expect(source.name).toBe('user u in f (context c)');
    expect(inspect(source, { depth: 9, showHidden: true })).not.toContain('s3cret');
  });
});
