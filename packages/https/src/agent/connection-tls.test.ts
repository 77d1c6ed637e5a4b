import { createCredentialManager, staticSource } from '@keyturn/core';
import { createTestAuthority, startTestApiServer } from '@keyturn/testkit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { bindHttps } from '../client/bind-https.js';

async function ask(servername: string, hosts: readonly string[]): Promise<number | undefined> {
  const authority = await createTestAuthority();
  const { certificate, privateKey } = await authority.issueServerCertificate({ hosts });
  const issuing = {
    ...authority,
    issueServerCertificate: async () => ({ certificate, privateKey }),
  };
  await using server = await startTestApiServer({ authority: issuing });
  const manager = createCredentialManager({ source: staticSource({ token: 'x' }) });
  onTestFinished(() => manager.close());
  const tls = { ca: server.ca, servername };
  const { client, unbind } = bindHttps(manager, { origins: [server.url], tls });
  const response = await client.get(server.url);
  response.resume();
  unbind();
  return response.statusCode;
}

it('checks the server against the name given', async () => {
  expect(await ask('api.example', ['api.example'])).toBe(200);
  await expect(ask('api.example', ['localhost'])).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

it('checks the server against an address, without asking for it as a name', async () => {
  const warn = vi.spyOn(process, 'emitWarning');
  expect(await ask('127.0.0.9', ['127.0.0.9'])).toBe(200);
  await expect(ask('127.0.0.9', ['localhost'])).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(warn).not.toHaveBeenCalled();
});
