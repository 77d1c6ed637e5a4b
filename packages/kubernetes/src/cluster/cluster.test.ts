import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TlsOptions, TrustSource } from '@keyturn/core';
import { createTestAuthority } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fields } from '../document/fields.js';
import { readCluster } from './cluster.js';

let directory: string;
let ca: string;
let data: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keyturn-cluster-'));
  ca = (await createTestAuthority()).certificate;
  data = Buffer.from(ca).toString('base64');
  await writeFile(path.join(directory, 'ca.pem'), ca);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const read = (values: object) =>
  readCluster(Fields.of(values, { file: '"f"', directory, entry: 'cluster "c"', context: 'x' }));
const server = 'https://api.example:6443';
const trustIn = ({ ca: trust }: TlsOptions): TrustSource => trust as TrustSource;

describe('readCluster', () => {
  it('takes no more than a server', async () => {
    // Not even a name with nothing in it, which would hide a default.
    expect(await read({ server })).toStrictEqual({
      server,
      origin: server,
      tls: {},
      execCluster: { server },
    });
  });

  it.each([
    ['?q=1', '', '?q=1'],
    ['#f', '', '#f'],
    ['?', '', '?'],
    ['/base?q=1#f', '/base', '/base'],
    ['/base#f', '/base', '/base'],
    ['/b\u00e4\u00f6se', '/b\u00e4\u00f6se', '/b%C3%A4%C3%B6se'],
  ])('of "%s" behind a server takes "%s", and tells the plugin "%s"', async (end, base, told) => {
    const { server: taken, execCluster } = await read({ server: server + end });
    expect([taken, execCluster.server]).toEqual([server + base, server + told]);
  });

  it.each(['https://me@api.example', 'https://:s3cret@api.example'])(
    'refuses %s, which brings its own name or password',
    async (given) => {
      await expect(read({ server: given })).rejects.toThrow(/user name or password/);
    },
  );

  it('keeps the path of a server and drops what cannot be part of a base URL', async () => {
    expect((await read({ server: `${server}/base` })).server).toBe(`${server}/base`);
    expect(await read({ server: `${server}/base/?q=1#f` })).toMatchObject({
      server: `${server}/base`,
      origin: server,
    });
  });

  it('takes slashes in a row for one, and tells the plugin all of them', async () => {
    const { server: base, execCluster } = await read({ server: `${server}//k8s///c-1` });
    expect(base).toBe(`${server}/k8s/c-1`);
    expect(execCluster.server).toBe(`${server}//k8s///c-1`);
  });

  it.each([
    ['api.example.', 'api.example'],
    ['.', '.'],
  ])(
    'asks for the server name %j as %j, and tells the plugin what is written',
    async (name, asked) => {
      const { tls, execCluster } = await read({ server, 'tls-server-name': name });
      expect([tls.servername, execCluster.tlsServerName]).toEqual([asked, name]);
    },
  );

  it.each(['/', '//', '/base/', '/base//'])(
    'ends a server without the slash of %j, so that a path can be put behind it, and tells the plugin the whole',
    async (end) => {
      const { server: base, execCluster } = await read({ server: server + end });
      expect(`${base}/api`).toBe(`${server}${end.includes('base') ? '/base' : ''}/api`);
      expect(execCluster.server).toBe(server + end);
    },
  );

  it('trusts the certificate authority in the data or in the file', async () => {
    for (const authority of [
      { 'certificate-authority-data': data },
      { 'certificate-authority': 'ca.pem' },
    ]) {
      const { tls, execCluster } = await read({ server, ...authority });
      expect(typeof tls.ca === 'object' ? { ca: trustIn(tls).peek().pem } : tls).toEqual({ ca });
      expect(execCluster.certificateAuthorityData).toBe(data);
    }
  });

  it('follows the file of the certificate authority', async () => {
    const renewed = (await createTestAuthority()).certificate;
    const file = path.join(directory, 'renewed.pem');
    await writeFile(file, ca);
    const { tls } = await read({ server, 'certificate-authority': 'renewed.pem' });
    const trust = trustIn(tls);
    expect(trust.peek()).toEqual({ generation: 1, pem: ca });
    await writeFile(file, renewed);
    await trust.refresh?.();
    expect(trust.peek()).toEqual({ generation: 2, pem: renewed });
  });

  it('passes on the rest of what a plugin may be told', async () => {
    const { tls, execCluster } = await read({
      server,
      'tls-server-name': 'api',
      'insecure-skip-tls-verify': true,
      'disable-compression': true,
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }],
    });
    expect(tls).toEqual({ servername: 'api', rejectUnauthorized: false });
    expect(execCluster).toEqual({
      server,
      tlsServerName: 'api',
      insecureSkipTlsVerify: true,
      disableCompression: true,
      config: { audience: 'x' },
    });
  });

  it('allows plain http on loopback', async () => {
    expect((await read({ server: 'http://127.0.0.1:8001' })).origin).toBe('http://127.0.0.1:8001');
  });

  it.each([
    ['no server', {}, 'Field "server" of cluster "c" in "f" (context "x") is missing.'],
    ['a bare host', { server: 'api.example:6443' }, 'must be a URL that begins with "https://"'],
    [
      'another scheme',
      { server: 'ftp://api.example' },
      'must be a URL that begins with "https://"',
    ],
    [
      'data that is no certificate',
      { server, 'certificate-authority-data': 'YWJj' },
      '"certificate-authority-data" of cluster "c" in "f" (context "x") holds no PEM certificate',
    ],
    ['data that is no base64', { server, 'certificate-authority-data': '*' }, 'is not base64'],
    [
      'a switch that is text',
      { server, 'insecure-skip-tls-verify': 'true' },
      'must be true or false',
    ],
  ])('refuses %s', async (_, values, words) => {
    await expect(read(values)).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_FIELD',
      message: expect.stringContaining(words),
    });
  });

  it('refuses a certificate authority beside insecure-skip-tls-verify, and beside another one', async () => {
    const both = { server, 'certificate-authority-data': data, 'insecure-skip-tls-verify': true };
    await expect(read(both)).rejects.toMatchObject({ code: 'ERR_KUBECONFIG_FIELD' });
    const two = { server, 'certificate-authority-data': data, 'certificate-authority': 'ca.pem' };
    await expect(read(two)).rejects.toMatchObject({
      message: expect.stringContaining('cannot stand beside "certificate-authority-data"'),
    });
  });

  it('names the file of a certificate authority that is missing', async () => {
    await expect(read({ server, 'certificate-authority': 'no.pem' })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: `File "${path.join(directory, 'no.pem')}", which field "certificate-authority" of cluster "c" in "f" (context "x") names, cannot be read: it does not exist. Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.`,
    });
  });

  it.each([
    'http://proxy.example:3128',
    'https://me:s3cret@proxy.example',
    'socks5://[::1]:1080',
    'http://proxy.example/a/path',
  ])('takes the proxy %s, and tells the plugin of it as client-go does', async (proxy) => {
    const { execCluster, ...cluster } = await read({ server, 'proxy-url': proxy });
    expect([cluster.proxy, execCluster.proxyUrl]).toEqual([proxy, proxy]);
  });

  it('writes the scheme of a proxy as client-go does', async () => {
    expect(await read({ server, 'proxy-url': 'HTTP://Proxy' })).toMatchObject({
      proxy: 'http://Proxy',
      execCluster: { proxyUrl: 'http://Proxy' },
    });
  });

  it.each([
    ['ftp://u:s3cret@proxy', 'is no URL of a proxy. Write one that begins with "http://"'],
    ['u:s3cret@proxy:80', 'is no URL of a proxy.'],
    ['http://u:s3cret@:80', 'is no URL of a proxy.'],
    ['http://u:s3cret@pro xy', 'is no URL of a proxy.'],
    ['http://u:s3cret@proxy:99999', 'is no URL of a proxy.'],
    ['http://u:s3cret%zz@proxy', 'has a "%" in its user name or password that begins no escape'],
    ['socks5h://u:s3cret@proxy', 'which kubectl does not know. Write "socks5://"'],
    ['http://u:s3cret@{{ proxy }}', 'holds "{{ proxy }}", which was never filled in'],
    [`socks5://u:${'s3cret'.repeat(50)}@proxy`, 'is longer than SOCKS5 can say'],
  ])('refuses the proxy %s, and quotes no password', async (proxy, words) => {
    const { message, code } = await read({ server, 'proxy-url': proxy }).catch((error) => error);
    expect(code).toBe('ERR_KUBECONFIG_FIELD');
    expect(message).toContain('Field "proxy-url" of cluster "c"');
    expect(message).toContain(words);
    expect(message).not.toContain('s3cret');
  });

  it.each([
    ['a password in the server', { server: 'https://u:s3cret@api.example' }],
    ['plain http to another machine', { server: 'http://api.example' }],
  ])('says that %s is not supported', async (_, values) => {
    await expect(read(values)).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_UNSUPPORTED',
      message: expect.not.stringContaining('s3cret'),
    });
  });
});
