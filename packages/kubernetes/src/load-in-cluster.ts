import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { type CredentialSource, fileSource } from '@keyturn/core';
import {
  CredentialError,
  isCredentialError,
  knownOptions,
  parseUrl,
  quoted,
} from '@keyturn/core/binding';
import { fileReasonOf } from '@keyturn/core/text';
import { authorityFault, authorityIn } from './cluster/authority.js';
import { type LoadedKubeconfig, loadedKubeconfig } from './loaded-kubeconfig.js';

/** Where the kubelet puts the service account of a pod. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface LoadInClusterOptions {
  /** The folder with `token`, `ca.crt` and `namespace`. Default: where the kubelet puts the service account. */
  readonly directory?: string | undefined;
}

/**
 * Gives what a program in a pod needs to talk to the API server of its cluster as the pod's service account.
 *
 * The server is that of `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. Token and authority are read anew as the kubelet renews them. The
 * namespace is `POD_NAMESPACE`, where that is set, else that of the pod.
 *
 * @throws {CredentialError} ERR_IN_CLUSTER naming what is missing: a variable, or a file with its path.
 * @throws {TypeError} for an option that is unknown or has a nonsensical value.
 */
export async function loadInCluster(options: LoadInClusterOptions = {}): Promise<LoadedKubeconfig> {
  knownOptions('loadInCluster', options, ['directory']);
  const { directory = serviceAccountDirectory } = options;
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError('Option "directory" of loadInCluster must be the path of a folder.');
  }
  return loadPod(directory);
}

/** Tells whether the kubelet has told this program where its API server is. */
export function isInPod(): boolean {
  return variable('HOST') !== undefined && variable('PORT') !== undefined;
}

/** @param namespace that is taken instead of the pod's. */
export async function loadPod(directory: string, namespace?: string): Promise<LoadedKubeconfig> {
  const server = serverOfPod();
  const source = fileSource({ token: join(directory, 'token') });
  await expectToken(source);
  const authority = join(directory, 'ca.crt');
  await expectAuthority(authority);
  return loadedKubeconfig({
    context: 'in-cluster',
    server,
    origin: server,
    namespace: namespace ?? (await namespaceOfPod(join(directory, 'namespace'))),
    tls: { ca: authorityIn(authority) },
    source,
  });
}

function serverOfPod(): string {
  const missing = (['HOST', 'PORT'] as const).filter((part) => variable(part) === undefined);
  if (missing.length > 0) {
    const names = missing.map((part) => `KUBERNETES_SERVICE_${part}`).join(' and ');
    throw inCluster(
      `${names} ${missing.length === 1 ? 'is' : 'are'} not set, as the kubelet sets them in a pod. Outside of a cluster, use loadKubeconfig()`,
    );
  }
  const [host = '', port = ''] = [variable('HOST'), variable('PORT')];
  const url = parseUrl(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  if (url === undefined || !/^[\w.:-]+$/.test(host) || !/^\d+$/.test(port)) {
    throw inCluster(
      `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are ${quoted(host)} and ${quoted(port)}, no host and port. Leave them to the kubelet`,
    );
  }
  return url.origin;
}

// An empty variable is one that was never set, as it is for client-go.
function variable(part: 'HOST' | 'PORT'): string | undefined {
  return process.env[`KUBERNETES_SERVICE_${part}`] || undefined;
}

async function expectToken(source: CredentialSource): Promise<void> {
  try {
    await source.load({ reason: 'initial', signal: new AbortController().signal });
  } catch (error) {
    if (!isCredentialError(error)) throw error;
    const isMissing = error.code === 'ERR_FILE_READ';
    const perhaps = isMissing ? ' Perhaps the pod has "automountServiceAccountToken: false"' : '';
    throw inCluster(`the token of its service account cannot be used. ${error.message}${perhaps}`);
  }
}

async function expectAuthority(file: string): Promise<void> {
  const pem = await readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    const { reason, advice } = fileReasonOf(error.code ?? '');
    throw inCluster(
      `the authority of its cluster cannot be read at ${quoted(file)}: ${reason}. ${advice}`,
    );
  });
  const fault = authorityFault(pem);
  if (fault !== undefined) throw inCluster(`file ${quoted(file)} ${fault}`);
}

/** A volume that somebody has put together by hand may lack the file; then nothing is said, as in client-go. */
async function namespaceOfPod(file: string): Promise<string | undefined> {
  const named = process.env['POD_NAMESPACE'];
  if (named) return named;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/** @param fact that ends without a full stop, or with one. */
function inCluster(fact: string): CredentialError {
  return new CredentialError(
    'ERR_IN_CLUSTER',
    `This program cannot use the service account of a pod: ${fact.replace(/\.$/, '')}.`,
  );
}
