import type { TrustSource } from '@keyturn/core';
import {
  isCredentialError,
  originScope,
  readProxyUrl,
  type TlsOptions,
} from '@keyturn/core/binding';
import type { ExecCluster } from '@keyturn/core/exec';
import type { Fields } from '../document/fields.js';
import { unfilled } from '../document/placeholder.js';
import { readNamedFile } from '../document/read-file.js';
import { authorityFault, authorityIn } from './authority.js';
import { readExecExtension } from './exec-extension.js';
import { readServerUrl } from './server-url.js';

type ClusterTls = Pick<TlsOptions, 'ca' | 'servername' | 'rejectUnauthorized'>;

/** What a kubeconfig says about the server. */
export interface Cluster {
  /** Without a slash at its end, so that a path can be put behind it. */
  readonly server: string;
  readonly origin: string;
  readonly tls: ClusterTls;
  /** As an option of a binding. It may hold a password. */
  readonly proxy?: string;
  /** What a plugin is told about the cluster if its user asks for it (`provideClusterInfo`). */
  readonly execCluster: ExecCluster;
}

/**
 * Reads a cluster and the certificate authority that it names.
 *
 * The file of the certificate authority is read here, so that a fault shows, and again when it changes, as client-go does since
 * 1.36. A plugin is told what it holds now.
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD, ERR_KUBECONFIG_READ, ERR_KUBECONFIG_UNSUPPORTED.
 */
export async function readCluster(fields: Fields): Promise<Cluster> {
  // Their faults come before those of files.
  readServer(fields);
  readProxy(fields);
  return clusterWith(fields, await readAuthority(fields));
}

/** The same for who cannot wait: a file is read here and now, and a fault of it has the code of `fileTrust`. */
export function readClusterNow(fields: Fields): Cluster {
  return clusterWith(fields, readAuthorityNow(fields));
}

function clusterWith(fields: Fields, authority: Authority | undefined): Cluster {
  const { server, origin } = readServer(fields);
  const proxy = readProxy(fields);
  // A dot at the end makes a name absolute in DNS; in TLS it is no part of one (RFC 6066), and client-go leaves it out.
  const servername = fields.text('tls-server-name')?.replace(/(?<=.)\.$/, '');
  const insecure = fields.flag('insecure-skip-tls-verify');
  if (insecure && authority !== undefined) {
    throw fields.problem(
      'insecure-skip-tls-verify',
      'cannot be true where a certificate authority is given. Remove one of the two; the authority is the safe one to keep',
    );
  }
  const tls = {
    ...(authority !== undefined && { ca: authority.ca }),
    ...(servername !== undefined && { servername }),
    ...(insecure && { rejectUnauthorized: false }),
  };
  const execCluster = describeForPlugin(fields, tls, { pem: authority?.pem, proxy });
  return { server, origin, tls, ...(proxy !== undefined && { proxy }), execCluster };
}

function describeForPlugin(
  fields: Fields,
  { servername, rejectUnauthorized }: ClusterTls,
  { pem, proxy }: { readonly pem: string | undefined; readonly proxy: string | undefined },
): ExecCluster {
  const config = readExecExtension(fields);
  return {
    server: tellServer(fields.text('server') ?? ''),
    ...(servername !== undefined && { tlsServerName: fields.text('tls-server-name') }),
    ...(rejectUnauthorized === false && { insecureSkipTlsVerify: true }),
    ...(pem !== undefined && {
      certificateAuthorityData: Buffer.from(pem, 'latin1').toString('base64'),
    }),
    // With its password, as client-go tells it (W29).
    ...(proxy !== undefined && { proxyUrl: proxy }),
    ...(fields.flag('disable-compression') && { disableCompression: true }),
    ...(config !== undefined && { config }),
  };
}

/** As client-go tells it: escaped and without query where there is a path, else as it was written. */
function tellServer(text: string): string {
  if (new URL(text).pathname === '/') return text;
  return text.replace(/[?#].*$/, '').replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function readServer(fields: Fields): { server: string; origin: string } {
  const text = fields.text('server');
  if (text === undefined) {
    throw fields.problem(
      'server',
      'is missing. Write the address of the API server there, such as "https://10.0.0.1:6443"',
    );
  }
  const url = readServerUrl(text);
  if ('fault' in url) throw fields.problem('server', url.fault);
  if (url.username !== '' || url.password !== '') {
    throw fields.problem(
      'server',
      'holds a user name or password, which is not supported. Remove it, and give the user a token, a client certificate or an exec plugin',
      'ERR_KUBECONFIG_UNSUPPORTED',
    );
  }
  expectSecure(fields, url.origin);
  // Query and fragment cannot be part of a base URL, nor can empty ones; client-go drops them too.
  const base = /[?#]/.test(text) ? `${url.origin}${url.pathname}` : text;
  // client-go joins paths, so slashes in a row are one there, and one at the end makes no second one.
  const joined = base.replace(/(?<=[^:/]\/)\/+/g, '');
  return { server: joined.replace(/\/+$/, ''), origin: url.origin };
}

// client-go silently leaves out the credentials of a user here, and every request is anonymous. We say it (W21).
function expectSecure(fields: Fields, origin: string): void {
  try {
    originScope({ origins: [origin] });
  } catch (error) {
    if (!isCredentialError(error)) throw error;
    throw fields.problem(
      'server',
      'is plain http and not loopback, so a credential would travel in clear text. Write "https://"',
      'ERR_KUBECONFIG_UNSUPPORTED',
    );
  }
}

/** The scheme in lower case, as client-go writes it. */
function readProxy(fields: Fields): string | undefined {
  const text = fields.text('proxy-url');
  if (text === undefined) return undefined;
  // A password may look like anything, and is not to be quoted.
  const fault = unfilled(text.replace(/\/\/.*@/, '//')) ?? proxyFault(text);
  if (fault !== undefined) throw fields.problem('proxy-url', fault);
  return text.replace(/^[^:]+/, (scheme) => scheme.toLowerCase());
}

function proxyFault(text: string): string | undefined {
  // The name itself would do: it means the same to a binding.
  if (/^socks5h:/i.test(text)) {
    return 'begins with "socks5h://", which kubectl does not know. Write "socks5://": the proxy looks up the names of hosts all the same';
  }
  const address = readProxyUrl(text);
  return 'fault' in address ? address.fault : undefined;
}

interface Authority {
  /** As Latin-1, so that the plugin is told every byte as it is, also of a comment in another encoding. */
  readonly pem: string;
  /** For bindings: where it stands in a file, it may rotate. */
  readonly ca: string | TrustSource;
}

interface NamedAuthority {
  readonly name: string;
  /** What stands in the kubeconfig, or the path of a file. */
  readonly data: string | undefined;
  readonly file: string | undefined;
}

function nameAuthority(fields: Fields): NamedAuthority {
  const data = fields.base64('certificate-authority-data')?.toString('latin1');
  const file = fields.path('certificate-authority');
  if (data !== undefined && file !== undefined) {
    throw fields.problem(
      'certificate-authority',
      'cannot stand beside "certificate-authority-data". Remove one of the two',
    );
  }
  const name = file === undefined ? 'certificate-authority-data' : 'certificate-authority';
  return { name, data, file };
}

async function readAuthority(fields: Fields): Promise<Authority | undefined> {
  const { name, data, file } = nameAuthority(fields);
  const pem = file === undefined ? data : await readNamedFile(file, fields, name, 'latin1');
  if (pem === undefined) return undefined;
  expectAuthority(pem, fields, name);
  return { pem, ca: file === undefined ? pem : authorityIn(file) };
}

function readAuthorityNow(fields: Fields): Authority | undefined {
  const { name, data, file } = nameAuthority(fields);
  if (file !== undefined) {
    const ca = authorityIn(file);
    return { pem: ca.peek().pem, ca };
  }
  if (data === undefined) return undefined;
  expectAuthority(data, fields, name);
  return { pem: data, ca: data };
}

function expectAuthority(pem: string, fields: Fields, name: string): void {
  const fault = authorityFault(pem);
  if (fault !== undefined) throw fields.problem(name, fault);
}
