import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { ClientCertificate } from '@keyturn/core';
import type { PluginFormat } from './peer.js';

/** How long a plugin takes: a small part of what `aws` or `gcloud` take. */
export const pluginMs = 100;

/** What is wrong with a broken plugin: it says no, or something ends it. */
export type Breakage = 'exits' | 'killed';

const breakages: readonly Breakage[] = ['exits', 'killed'];

/** A plugin as both processes see it: the bench that makes it, and the peer that runs it. */
export interface Plugin {
  readonly command: string;
  readonly lifetimeMs: number;
}

export interface PluginOptions {
  readonly format: PluginFormat;
  readonly lifetimeMs: number;
  readonly clientCertificate: ClientCertificate;
}

/** Writes a plugin into a folder of its own, which nobody else may read. */
export async function writePlugin(options: PluginOptions): Promise<Plugin> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-bench-'));
  const command = join(folder, 'plugin');
  const plugin = { command, lifetimeMs: options.lifetimeMs };
  await writeFile(command, scriptOf(folder, tagOf(plugin), options), { mode: 0o700 });
  return plugin;
}

export async function removePlugin({ command }: Plugin): Promise<void> {
  // One that is still running writes a last file.
  await rm(dirname(command), { recursive: true, force: true, maxRetries: 5 });
}

/** What its tokens have in common, and nobody else's have. */
export function tagOf({ command }: Plugin): string {
  return basename(dirname(command)).replace(/\W/g, '');
}

/** How often it has been started. */
export function runsOf({ command }: Plugin): number {
  const file = join(dirname(command), 'runs');
  return existsSync(file) ? statSync(file).size : 0;
}

/** When what it gave last expires. Unix milliseconds. */
export function lastExpiryOf({ command }: Plugin): number {
  return Number(readFileSync(join(dirname(command), 'expires'), 'utf8'));
}

export function breakPlugin({ command }: Plugin, breakage: Breakage): void {
  writeFileSync(join(dirname(command), breakage), '');
}

export function mendPlugin({ command }: Plugin): void {
  for (const breakage of breakages) rmSync(join(dirname(command), breakage), { force: true });
}

// A shell, because a hundred of them start in the time of three Nodes: what is measured is the peer, not its plugin.
// macOS has no %N and another word for -d.
function scriptOf(folder: string, tag: string, options: PluginOptions): string {
  return `#!/bin/sh
printf x >> '${folder}/runs'
if [ -e '${folder}/killed' ]; then kill -KILL $$; fi
if [ -e '${folder}/exits' ]; then exit 1; fi
sleep ${pluginMs / 1_000}
now=$(date +%s%N)
case $now in *N) now=$(date +%s)000000000 ;; esac
expires=$((now / 1000000 + ${options.lifetimeMs}))
printf '%s' "$expires" > '${folder}/expires'
token="${tag}-$$-$expires"
${printing(options)}
`;
}

const quoted = (value: unknown): string => `'${JSON.stringify(value).slice(1, -1)}'`;

function printing({ format, clientCertificate }: PluginOptions): string {
  switch (format) {
    case 'exec':
      return `${timestamp}
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s","expirationTimestamp":"%s",%s}}' "$token" "$at" ${quoted(
        {
          clientCertificateData: clientCertificate.certificate,
          clientKeyData: clientCertificate.privateKey,
        },
      )}`;
    case 'aws':
      return `${timestamp}
printf '{"Version":1,"AccessKeyId":"bench","SecretAccessKey":"%s","Expiration":"%s"}' "$token" "$at"`;
    case 'google':
      return `printf '{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:id_token","id_token":"%s"}' "$token"`;
    case 'token':
      return `printf '{"token":"%s","expiresOnTimestamp":%s}' "$token" "$expires"`;
  }
}

const timestamp = `seconds=$((expires / 1000))
at=$(date -u -d "@$seconds" +%Y-%m-%dT%H:%M:%S 2>/dev/null || date -u -r "$seconds" +%Y-%m-%dT%H:%M:%S)
at=$(printf '%s.%03dZ' "$at" $((expires % 1000)))`;
