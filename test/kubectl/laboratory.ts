import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { startTestApiServer, type TestApiServer } from '@keyturn/testkit';
import { kubeconfigText } from './kubeconfig-text.js';
import type { Arrival, PluginRunNote } from './observation.js';
import { goodOutput, programVariable, type ServerAddress, type Trial } from './trial.js';

/** A trial that lies on the disk, ready to be run by both programs. */
export interface PreparedTrial {
  readonly trial: Trial;
  readonly kubeconfig: string;
  /** Where `program` has to send its request, so that the server knows whose it is. */
  pathFor(program: string): string;
  /** What the plugin noted when `program` ran it. */
  runsOf(program: string): Promise<readonly PluginRunNote[]>;
  arrivalsOf(program: string): readonly Arrival[];
}

/** One server, one folder with the trials, one folder on PATH for the plugins that are looked up there. */
export interface Laboratory extends AsyncDisposable {
  /** A home without a kubeconfig, a cache or preferences. */
  readonly home: string;
  /** Environment for everything that runs here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Writes `trial` to the disk, once. */
  prepare(trial: Trial): Promise<PreparedTrial>;
}

export async function openLaboratory(): Promise<Laboratory> {
  const root = await mkdtemp(join(tmpdir(), 'keyturn-kubectl-'));
  const home = join(root, 'home');
  const bin = join(root, 'bin');
  await Promise.all([mkdir(home), mkdir(bin)]);
  const arrivals = new Map<string, Arrival[]>();
  const [server, plainServer] = await Promise.all([
    startServer(arrivals, false),
    startServer(arrivals, true),
  ]);
  const address = {
    url: server.url,
    port: new URL(server.url).port,
    plainUrl: plainServer.url,
    ca: server.ca,
  };
  const prepared = new Map<Trial, Promise<PreparedTrial>>();

  return {
    home,
    environment: {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      KUBECACHEDIR: join(home, 'cache'),
      FROM_PARENT: 'from the parent',
    },
    prepare: (trial) => {
      const known = prepared.get(trial);
      if (known !== undefined) return known;
      const number = prepared.size + 1;
      const writing = writeTrial(trial, {
        folder: join(root, `trial-${number}`),
        bin,
        address,
      }).then((folder) => prepare(trial, folder, number, arrivals));
      prepared.set(trial, writing);
      return writing;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.close(), plainServer.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function prepare(
  trial: Trial,
  folder: string,
  number: number,
  arrivals: ReadonlyMap<string, readonly Arrival[]>,
): PreparedTrial {
  const pathFor = (program: string): string =>
    `/${trial.refused === true ? 'refused' : 'trial'}/${number}/${program}`;
  return {
    trial,
    kubeconfig: join(folder, 'kubeconfig'),
    pathFor,
    runsOf: async (program) => readRuns(join(folder, `runs-${program}`)),
    arrivalsOf: (program) => arrivals.get(pathFor(program)) ?? [],
  };
}

async function startServer(
  arrivals: Map<string, Arrival[]>,
  plainHttp: boolean,
): Promise<TestApiServer> {
  const respond = (request: IncomingMessage, response: ServerResponse): void => {
    // A prefix of the server's URL is not part of what is compared: kubectl leaves it out of `get --raw`.
    const [path = ''] = /\/(?:trial|refused)\/.*/.exec(request.url ?? '') ?? [];
    const { authorization } = request.headers;
    const impersonation = Object.entries(request.headers)
      .filter(([name]) => name.startsWith('impersonate-'))
      .map(([name, value]) => `${name}: ${value}`)
      .toSorted();
    const arrival = { authorization, impersonation, certificate: fingerprintOf(request) };
    arrivals.set(path, [...(arrivals.get(path) ?? []), arrival]);
    const status = path.startsWith('/refused/') ? 401 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end('{"kind":"Status","apiVersion":"v1","metadata":{}}');
  };
  return startTestApiServer({ plainHttp, respond });
}

function fingerprintOf({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  // Without a client certificate, Node gives an empty object.
  return (socket.getPeerCertificate() as { readonly fingerprint256?: string }).fingerprint256;
}

interface Surroundings {
  readonly folder: string;
  readonly bin: string;
  readonly address: ServerAddress;
}

async function writeTrial(trial: Trial, { folder, bin, address }: Surroundings): Promise<string> {
  await mkdir(folder);
  const files = {
    output: trial.output ?? goodOutput,
    ...trial.files?.(address),
    kubeconfig: kubeconfigText(trial, address),
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { mode: 0o755 });
  }
  const { plugin = 'plugin' } = trial;
  if (plugin !== null) await writePlugin(trial, folder, join(folder, plugin));
  const { command } = trial.exec ?? {};
  if (typeof command === 'string' && command.startsWith('on-path-')) {
    await writePlugin(trial, folder, join(bin, command));
  }
  return folder;
}

async function writePlugin(trial: Trial, folder: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const lines = [
    '#!/bin/sh',
    `folder='${folder}'`,
    `printf '%s\\0' "$KUBERNETES_EXEC_INFO" "$#:$*" "$NOTE" "$PWD" >>"$folder/runs-$${programVariable}"`,
    ...(trial.stderr === undefined ? [] : [`printf '%s\\n' '${trial.stderr}' >&2`]),
    trial.script ?? 'exec cat "$folder/output"',
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: trial.mode ?? 0o755 });
}

async function readRuns(file: string): Promise<readonly PluginRunNote[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const parts = text.split('\0').slice(0, -1);
  const runs: PluginRunNote[] = [];
  for (let start = 0; start < parts.length; start += 4) {
    const [execInfo = '', args = '', note = '', directory = ''] = parts.slice(start, start + 4);
    runs.push({ execInfo, args, note, directory });
  }
  return runs;
}
