/** What the tests of the exec protocol share: plugins that are cheap, servers, and what was said to whom. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type CredentialError,
  type CredentialManager,
  type CredentialManagerOptions,
  type CredentialMaterial,
  type CredentialSource,
  createCredentialManager,
  isCredentialError,
  type LoadContext,
} from '@keyturn/core';
import {
  type ExecApiVersion,
  type ExecConfig,
  type ExecSourceOptions,
  execSource,
  type PluginRun,
} from '@keyturn/core/exec';
import { type BindHttpsOptions, bindHttps, type HttpsRequestOptions } from '@keyturn/https';
import {
  createTestAuthority,
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
  type TestAuthority,
} from '@keyturn/testkit';
import { expect, onTestFinished, vi } from 'vitest';

export const v1 = 'client.authentication.k8s.io/v1';
export const v1beta1 = 'client.authentication.k8s.io/v1beta1';
export const v1alpha1 = 'client.authentication.k8s.io/v1alpha1';
export const hourMs = 3_600_000;

let sharedAuthority: Promise<TestAuthority> | undefined;

/** One for all files: making keys takes longer than a request. */
export function authority(): Promise<TestAuthority> {
  sharedAuthority ??= createTestAuthority();
  return sharedAuthority;
}

/** A config that runs a shell script. */
export function shell(script: string, changes: Partial<ExecConfig> = {}): ExecConfig {
  const args = ['-c', script];
  return { command: '/bin/sh', args, apiVersion: v1, interactiveMode: 'Never', ...changes };
}

/** What a plugin prints: an ExecCredential with this status. */
export function answer(status: object, apiVersion: string = v1): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, status });
}

export function initial(changes: Partial<LoadContext> = {}): LoadContext {
  return { reason: 'initial', signal: new AbortController().signal, ...changes };
}

/** A source whose plugin is not a process, and what would have been run. */
export interface PretendedPlugin {
  readonly source: CredentialSource;
  readonly runs: readonly PluginRun[];
  load(context?: Partial<LoadContext>): Promise<CredentialMaterial>;
  /** KUBERNETES_EXEC_INFO of each run. */
  execInfos(): (string | undefined)[];
}

/** Makes an exec source that starts nothing: `stdout` is what its plugin would print. */
export function pretend(
  changes: Partial<ExecConfig> = {},
  options: ExecSourceOptions & { readonly stdout?: string | Uint8Array } = {},
): PretendedPlugin {
  const { stdout, ...rest } = options;
  const runs: PluginRun[] = [];
  const apiVersion: ExecApiVersion = changes.apiVersion ?? v1;
  const printed = Buffer.from((stdout as string) ?? answer({ token: 'a-token' }, apiVersion));
  const config = { command: 'plugin', interactiveMode: 'Never', ...changes, apiVersion } as const;
  const source = execSource(config, {
    ...rest,
    run: async (run) => {
      runs.push(run);
      return { stdout: printed, stderr: '' };
    },
  });
  return {
    source,
    runs,
    load: (context) => source.load(initial(context)),
    execInfos: () => runs.map(({ env }) => env['KUBERNETES_EXEC_INFO']),
  };
}

/** The CredentialError that `promise` ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<CredentialError> {
  const error: unknown = await promise.then(
    () => new Error('It has not failed.'),
    (thrown: unknown) => thrown,
  );
  if (!isCredentialError(error)) throw error;
  return error;
}

/** Loads `config` for real and returns its failure. */
export function failureOfRun(config: ExecConfig): Promise<CredentialError> {
  return failureOf(execSource(config).load(initial()));
}

/** Keeps what plugins say on stderr from ours, for the rest of the test, and returns it. */
export function catchStderr(): () => string {
  const { writeSync } = fs;
  let caught = '';
  vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, chunk: Buffer, offset?: number) => {
    if (fd !== 2) return writeSync(fd, chunk, offset);
    caught += String(chunk);
    return chunk.length;
  }) as typeof writeSync);
  return () => caught;
}

/** Messages on a diagnostics channel from now to the end of the test. */
export function heardOn<Message = unknown>(channel: string): Message[] {
  const messages: Message[] = [];
  const listener = (message: unknown): void => {
    messages.push(message as Message);
  };
  subscribe(channel, listener);
  onTestFinished(() => {
    unsubscribe(channel, listener);
  });
  return messages;
}

/** A source that counts its runs. */
export interface CountedSource extends CredentialSource {
  readonly runs: number;
  /** The context of each load, oldest first. */
  readonly contexts: readonly LoadContext[];
}

/** A source that gives what `mint` makes of the number of the run. */
export function counted(
  mint: (run: number) => CredentialMaterial | Promise<CredentialMaterial>,
): CountedSource {
  const contexts: LoadContext[] = [];
  return {
    name: 'counted',
    contexts,
    get runs() {
      return contexts.length;
    },
    load: async (context) => {
      contexts.push(context);
      return mint(contexts.length);
    },
  };
}

/** `token-1`, `token-2` … */
export const tokens = (): CountedSource => counted((run) => ({ token: `token-${run}` }));

/** Certificates for `client-1`, `client-2` … and the same token with each. */
export const certificates = (): CountedSource =>
  counted(async (run) => ({
    token: 'the-token',
    clientCertificate: await (await authority()).issueClientCertificate({
      commonName: `client-${run}`,
    }),
  }));

export async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority: await authority(), ...options });
  onTestFinished(() => server.close());
  return server;
}

export function manage(options: CredentialManagerOptions): CredentialManager {
  const manager = createCredentialManager(options);
  onTestFinished(() => manager.close());
  return manager;
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Get = (path: string, options?: HttpsRequestOptions) => Promise<Answer>;

/** Binds node:https to a manager, for one server and the rest of the test. */
export function bindTo(
  server: TestApiServer,
  manager: CredentialManager,
  options: BindHttpsOptions = {},
): Get {
  const { client, unbind } = bindHttps(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  onTestFinished(unbind);
  return async (path, request) => {
    const response = await client.get(server.url + path, request);
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  };
}

/** A kubeconfig with one context, as text. */
export function kubeconfig(user: object, cluster: object = {}, more: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'there', user: 'me' } }],
    clusters: [{ name: 'there', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'me', user }],
    ...more,
  });
}

/** Expects the tokens that a server saw, in order; undefined for a request without one. */
export function expectTokens({ requests }: TestApiServer, expected: (string | undefined)[]): void {
  expect(requests.map(({ token }) => token)).toEqual(expected);
}
