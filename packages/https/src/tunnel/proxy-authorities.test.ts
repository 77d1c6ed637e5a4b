import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { createTestAuthority } from '@keyturn/testkit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ProxyAuthorities } from './proxy-authorities.js';

const authority = async (): Promise<string> => (await createTestAuthority()).certificate;
const contextOf = (ca: string | Buffer | readonly string[]) =>
  new ProxyAuthorities({ ca }, undefined).context();

it('whom Node trusts is read once for all that name the same authorities', async () => {
  const [one, other] = [await authority(), await authority()];
  const make = vi.spyOn(tls, 'createSecureContext');
  const first = contextOf(one);
  expect(contextOf(one)).toBe(first);
  expect(contextOf([one])).toBe(first);
  expect(contextOf(Buffer.from(one))).toBe(first);
  expect(make).toHaveBeenCalledOnce();
  expect(contextOf(other)).not.toBe(first);
  expect(contextOf([one, other])).not.toBe(first);
  expect(make).toHaveBeenCalledTimes(3);
});

it('what has not been named for a while is forgotten', async () => {
  const ca = await authority();
  const first = contextOf(ca);
  for (let others = 0; others < 7; others += 1) contextOf(`${ca}${'\n'.repeat(others + 1)}`);
  expect(contextOf(ca)).toBe(first);
  for (let others = 0; others < 8; others += 1) contextOf(`${ca}${'\n'.repeat(others + 1)}`);
  expect(contextOf(ca)).not.toBe(first);
});

// Newer versions have read the file when they began.
it.skipIf('getCACertificates' in tls)('NODE_EXTRA_CA_CERTS is one of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-extra-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [ca, extra] = [await authority(), join(folder, 'extra.pem')];
  await writeFile(extra, await authority());
  const without = contextOf(ca);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', extra);
  expect(contextOf(ca)).not.toBe(without);
});

it('there is none of ours where nothing is named', () => {
  expect(new ProxyAuthorities(undefined, undefined).context()).toBeUndefined();
});
