import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createTestAuthority, startTestApiServer, type TestApiServer } from '@keyturn/testkit';
import { clientOf } from './client-of.js';
import { kubeconfigText } from './kubeconfig-text.js';
import type { Arrival, PluginRunNote } from './observation.js';
import { startTestProxies, type TestProxies } from './test-proxies.js';
import { goodOutput, type ServerAddress, type Trial } from './trial.js';
import { readRuns, writePlugin } from './trial-plugin.js';
import { fillIn, type Words } from './whole-kubeconfig.js';

/** A trial that lies on the disk, ready to be run by both programs. */
export interface PreparedTrial {
  readonly trial: Trial;
  readonly folder: string;
  /** Where both programs are told to look for the kubeconfig; each part that is undefined is as the laboratory has it. */
  readonly kubeconfig?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the server has to be asked for by `program`, so that it knows who asks. */
  nameFor(program: string): string;
  /** What the plugin noted when `program` ran it. */
  runsOf(program: string): Promise<readonly PluginRunNote[]>;
  arrivalsOf(program: string): readonly Arrival[];
}

/** Two servers and three proxies, one folder with the trials, one folder on PATH for the plugins that are looked up there. */
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
  const authority = await createTestAuthority();
  const proxies = await startTestProxies(await authority.issueServerCertificate());
  const respond = respondWith(arrivals, proxies);
  const [server, plainServer] = await Promise.all([
    startTestApiServer({ authority, respond }),
    startTestApiServer({ authority, respond, plainHttp: true }),
  ]);
  const bench: Bench = {
    root,
    bin,
    arrivals,
    address: {
      url: server.url,
      port: new URL(server.url).port,
      plainUrl: plainServer.url,
      ca: server.ca,
    },
    words: await wordsFor(server, plainServer, proxies),
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
      const known = prepared.get(trial) ?? prepare(trial, prepared.size + 1, bench);
      prepared.set(trial, known);
      return known;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.close(), plainServer.close(), proxies[Symbol.asyncDispose]()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What trials lie on. */
interface Bench {
  readonly root: string;
  readonly bin: string;
  readonly address: ServerAddress;
  readonly words: Omit<Words, 'FOLDER' | 'RELATIVE'>;
  /** By the name that was asked for. */
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
}

async function wordsFor(
  { url, authority }: TestApiServer,
  plain: TestApiServer,
  { ports }: TestProxies,
): Promise<Bench['words']> {
  const [mine, others, old] = await Promise.all([
    authority.issueClientCertificate({ commonName: 'me' }),
    authority.issueClientCertificate(),
    authority.issueClientCertificate({ notAfter: Date.UTC(2026, 0, 1) }),
  ]);
  return {
    PORT: new URL(url).port,
    PLAIN: new URL(plain.url).port,
    HTTP_PROXY: ports.http,
    HTTPS_PROXY: ports.https,
    SOCKS_PROXY: ports.socks5,
    CA_PEM: authority.certificate,
    CERT_PEM: mine.certificate,
    KEY_PEM: mine.privateKey,
    OTHER_KEY_PEM: others.privateKey,
    OLD_CERT_PEM: old.certificate,
    OLD_KEY_PEM: old.privateKey,
  };
}

async function prepare(trial: Trial, number: number, bench: Bench): Promise<PreparedTrial> {
  const folder = join(bench.root, `trial-${number}`);
  await writeTrial(trial, folder, bench);
  const nameFor = (program: string): string =>
    `${trial.refused === true ? 'refused' : 'trial'}-${number}-${program}`;
  const { environment = {} } = trial.whole ?? {};
  const isNamed = Object.keys(environment).length === 0;
  return {
    trial,
    folder,
    ...(isNamed && {
      kubeconfig: join(folder, trial.whole === undefined ? 'kubeconfig' : 'config'),
    }),
    environment: Object.fromEntries(
      Object.entries(environment).map(([name, text]) => [
        name,
        fillIn(text, wordsIn(folder, bench)),
      ]),
    ),
    nameFor,
    runsOf: (program) => readRuns(folder, program),
    arrivalsOf: (program) => bench.arrivals.get(nameFor(program)) ?? [],
  };
}

function respondWith(arrivals: Map<string, Arrival[]>, proxies: TestProxies) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const [, path = '', name = ''] =
      /^(.*)\/((?:trial|refused)-[^/]*)/.exec(request.url ?? '') ?? [];
    arrivals.set(name, [...(arrivals.get(name) ?? []), describeArrival(request, path, proxies)]);
    response.writeHead(name.startsWith('refused') ? 401 : 200, {
      'content-type': 'application/json',
    });
    response.end('{"kind":"Status","apiVersion":"v1","metadata":{}}');
  };
}

function describeArrival(
  { headers, socket }: IncomingMessage,
  path: string,
  proxies: TestProxies,
): Arrival {
  const [, place] = /^(.*)\/serviceaccounts$/.exec(path) ?? [];
  const { certificate, servername } = clientOf(socket);
  const proxy = proxies.visitFrom(socket.remotePort);
  return {
    // kubectl leaves a prefix of the server's URL out of `get --raw`.
    ...(place !== undefined && { place }),
    host: headers.host,
    ...(servername !== undefined && { servername }),
    authorization: headers.authorization,
    impersonation: Object.entries(headers)
      .filter(([name]) => name.startsWith('impersonate-'))
      .map(([name, value]) => `${name}: ${value}`)
      .toSorted(),
    certificate,
    ...(proxy !== undefined && { proxy }),
  };
}

function wordsIn(folder: string, { words }: Bench): Words {
  return { ...words, FOLDER: folder, RELATIVE: relative(process.cwd(), folder) };
}

async function writeTrial(trial: Trial, folder: string, bench: Bench): Promise<void> {
  await mkdir(folder);
  const words = wordsIn(folder, bench);
  const files = {
    output: trial.output ?? goodOutput,
    ...(trial.whole?.files ?? {
      ...trial.files?.(bench.address),
      kubeconfig: kubeconfigText(trial, bench.address),
    }),
  };
  for (const [name, content] of Object.entries(files)) {
    const isText = trial.whole !== undefined && typeof content === 'string';
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), isText ? fillIn(content, words) : content, { mode: 0o755 });
  }
  const { plugin = 'plugin', exec } = trial;
  if (plugin !== null) await writePlugin(trial, folder, join(folder, plugin));
  const command = exec?.['command'] ?? commandOnPath(files);
  if (typeof command === 'string' && command.startsWith('on-path-')) {
    await writePlugin(trial, folder, join(bench.bin, command));
  }
}

function commandOnPath(files: Readonly<Record<string, string | Uint8Array>>): string | undefined {
  return Object.values(files)
    .map((content) => /\bon-path-[\w-]+/.exec(String(content))?.[0])
    .find((found) => found !== undefined);
}
