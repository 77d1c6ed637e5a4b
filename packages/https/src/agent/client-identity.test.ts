import tls from 'node:tls';
import type { Credential } from '@keyturn/core/binding';
import { expect, it, vi } from 'vitest';
import { authority } from '../../test/scene.js';
import { ClientIdentity } from './client-identity.js';

async function credentialWith(gives: 'both' | 'token'): Promise<Credential> {
  const held = { generation: 1, certificateGeneration: 1, token: 'token' };
  if (gives === 'token') return held as Credential;
  const clientCertificate = await (await authority()).issueClientCertificate();
  return { ...held, clientCertificate } as Credential;
}

const theirs = {
  pfx: 'a container of their own',
  passphrase: 'word',
  minVersion: 'TLSv1.3',
} as const;

it('presents its certificate alone, whatever the caller has brought beside it', async () => {
  const make = vi.spyOn(tls, 'createSecureContext');
  const credential = await credentialWith('both');
  new ClientIdentity(credential).contextFor('key', theirs);
  const { certificate, privateKey } = credential.clientCertificate ?? {};
  expect(make.mock.calls[0]?.[0]).toMatchObject({
    cert: certificate,
    key: privateKey,
    pfx: undefined,
    passphrase: undefined,
    minVersion: 'TLSv1.3',
  });
});

it('leaves the certificate of the caller where it has none', async () => {
  const make = vi.spyOn(tls, 'createSecureContext').mockReturnValue({ context: undefined });
  new ClientIdentity(await credentialWith('token')).contextFor('key', theirs);
  expect(make.mock.calls[0]?.[0]).toMatchObject(theirs);
});

it('keeps a hundred contexts, and makes the one anew that was made first', async () => {
  const make = vi.spyOn(tls, 'createSecureContext');
  const identity = new ClientIdentity(await credentialWith('both'));
  for (let number = 0; number < 100; number += 1) identity.contextFor(`key ${number}`, {});
  identity.contextFor('key 0', {});
  expect(make).toHaveBeenCalledTimes(100);
  identity.contextFor('key 100', {});
  identity.contextFor('key 1', {});
  expect(make).toHaveBeenCalledTimes(101);
  identity.contextFor('key 0', {});
  expect(make).toHaveBeenCalledTimes(102);
});
