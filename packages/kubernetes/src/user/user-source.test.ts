import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { createTestAuthority, manualClock } from '@keyturn/testkit';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Fields } from '../document/fields.js';
import type { HeldCredentials } from './user.js';
import { userSource } from './user-source.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keyturn-held-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const now = Date.UTC(2026, 0, 15);
const clock = manualClock(now);
const authority = await createTestAuthority();
const issue = (validMs: number) => authority.issueClientCertificate({ notAfter: now + validMs });
const [one, other, expired] = await Promise.all([issue(60_000), issue(60_000), issue(-1_000)]);
const sourceOf = (held: HeldCredentials) => {
  const place = { file: '"f"', directory, entry: 'user "u"', context: 'c' };
  return userSource(held, Fields.of({}, place));
};
const load = (held: HeldCredentials) =>
  sourceOf(held).load({ reason: 'initial', signal: new AbortController().signal, clock });
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(path.join(directory, name), text);
  return path.join(directory, name);
};
/** A pair that stands in the kubeconfig itself. */
const inline = ({ certificate, privateKey } = one) => ({
  certificate: { field: 'client-certificate-data', text: certificate },
  privateKey: { field: 'client-key-data', text: privateKey },
});

describe('userSource', () => {
  it('gives what stands in the kubeconfig, for good', async () => {
    expect(await load({ token: 't', pair: inline() })).toEqual({
      token: 't',
      clientCertificate: one,
    });
  });

  it('reads a token file anew at each load and asks to be asked again after a minute', async () => {
    const tokenFile = await file('token', 'one\n');
    const source = sourceOf({ tokenFile });
    const context = { reason: 'due', signal: new AbortController().signal, clock } as const;
    expect(await source.load(context)).toMatchObject({ token: 'one', refreshAt: now + 60_000 });
    await file('token', ' two ');
    expect(await source.load(context)).toMatchObject({ token: 'two' });
  });

  it('reads certificate files anew at each load and asks to be asked again after five minutes', async () => {
    const pair = {
      certificate: { field: 'client-certificate', file: await file('c', one.certificate) },
      privateKey: { field: 'client-key', file: await file('k', one.privateKey) },
    };
    expect(await load({ pair })).toMatchObject({ refreshAt: now + 300_000 });
    await file('c', other.certificate);
    await file('k', other.privateKey);
    expect(await load({ pair })).toMatchObject({ clientCertificate: other });
  });

  it('prefers the token file, and the token where the file is missing or empty', async () => {
    const tokenFile = path.join(directory, 'token');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'fixed' });
    await file('token', '\n');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'fixed' });
    await file('token', 'read');
    expect(await load({ token: 'fixed', tokenFile })).toMatchObject({ token: 'read' });
  });

  it('takes a certificate from its file and the key from the kubeconfig, and the other way round', async () => {
    const { certificate, privateKey } = inline();
    const files = {
      certificate: { field: 'client-certificate', file: await file('c', one.certificate) },
      privateKey: { field: 'client-key', file: await file('k', one.privateKey) },
    };
    for (const pair of [
      { certificate: files.certificate, privateKey },
      { certificate, privateKey: files.privateKey },
    ]) {
      expect(await load({ pair })).toMatchObject({ clientCertificate: one });
    }
  });

  it('serves on what it read, while its file is away', async () => {
    const time = manualClock(now);
    const tokenFile = await file('token', 'one');
    const manager = createCredentialManager({ source: sourceOf({ tokenFile }), clock: time });
    onTestFinished(() => manager.close());
    await manager.current();
    await rm(tokenFile);
    const failure = new Promise((resolve) => {
      manager.on('refreshFailed', ({ error, stillServing }) => resolve({ error, stillServing }));
    });
    await time.advance(60_000);
    manager.peek();
    expect(await failure).toMatchObject({
      error: { code: 'ERR_KUBECONFIG_READ', message: expect.stringContaining('"tokenFile"') },
      stillServing: true,
    });
    await time.advance(3_600_000);
    expect((await manager.current()).token).toBe('one');
  });

  it('names a file that is missing or empty, its field, user, context and kubeconfig', async () => {
    const tokenFile = path.join(directory, 'token');
    await expect(load({ tokenFile })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: `File "${tokenFile}", which field "tokenFile" of user "u" in "f" (context "c") names, cannot be read: it does not exist. Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.`,
    });
    await file('token', '');
    await expect(load({ tokenFile })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_FIELD',
      message: expect.stringContaining('which is empty'),
    });
  });

  it('refuses a certificate that is no PEM text without quoting it', async () => {
    await expect(load({ pair: inline({ ...one, certificate: 's3cret' }) })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Field "client-certificate-data" of user "u" in "f" \(context "c"\) holds no PEM text\. (?!.*s3cret)/,
      ),
    });
  });

  it('refuses a pair that does not belong together, and names the field of the key', async () => {
    await expect(
      load({ token: 't', pair: inline({ ...one, privateKey: other.privateKey }) }),
    ).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_FIELD',
      message: expect.stringContaining('"client-key-data" of user "u" in "f"'),
    });
  });

  it('refuses a certificate that has expired, unless a token stands beside it', async () => {
    const pair = inline(expired);
    await expect(load({ pair })).rejects.toThrow(
      'has expired: it was valid until 2026-01-14T23:59:59',
    );
    expect(await load({ token: 't', pair })).toMatchObject({ clientCertificate: expired });
  });

  it('notices at a later load that the certificate in a file has expired meanwhile', async () => {
    const pair = {
      certificate: { field: 'client-certificate', file: await file('c', one.certificate) },
      privateKey: { field: 'client-key', file: await file('k', one.privateKey) },
    };
    const source = sourceOf({ pair });
    const context = { reason: 'due', signal: new AbortController().signal, clock } as const;
    await source.load(context);
    await file('c', expired.certificate);
    await file('k', expired.privateKey);
    await expect(source.load(context)).rejects.toThrow('"client-certificate" of user "u"');
  });

  it('shows no secret when it is printed', () => {
    const source = sourceOf({ token: 's3cret' });
    expect(source.name).toBe('user u in f (context c)');
    expect(inspect(source, { depth: 9, showHidden: true })).not.toContain('s3cret');
  });
});
