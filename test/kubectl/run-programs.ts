import { execFile } from 'node:child_process';
import { createCredentialManager, isCredentialError } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { type LoadedKubeconfig, loadKubeconfig } from '@keyturn/kubernetes';
import type { Kubectl } from './find-kubectls.js';
import type { Laboratory, PreparedTrial } from './laboratory.js';
import type { Observation, Refusal, RefusalStep } from './observation.js';
import { programVariable } from './trial.js';

// Nothing here takes a second, except where client-go tries a request ten times.
const timeoutMs = 30_000;

/** The name by which Keyturn's own runs go. */
export const keyturn = 'keyturn';

/** Sends one request of `trial` with `kubectl`. */
export async function runKubectl(
  kubectl: Kubectl,
  trial: PreparedTrial,
  { environment }: Laboratory,
): Promise<Observation> {
  const program = nameOf(kubectl);
  const stderr = await new Promise<string>((resolve) => {
    execFile(
      kubectl.file,
      argumentsFor(trial, trial.nameFor(program)),
      {
        env: {
          ...process.env,
          ...environment,
          ...trial.environment,
          [programVariable]: program,
          // A start of kubectl costs half the processor time with these.
          GOGC: 'off',
          GOMAXPROCS: '1',
        },
        timeout: timeoutMs,
      },
      (_error, _stdout, text) => resolve(text),
    ).stdin?.end();
  });
  return observe(trial, program, stderr, { step: stepOf(stderr), message: lastLineOf(stderr) });
}

/** Sends one request of `trial` with Keyturn. The laboratory's environment must be that of this process. */
export async function runKeyturn(trial: PreparedTrial, stderr: () => string): Promise<Observation> {
  try {
    await request(trial);
    return await observe(trial, keyturn, stderr(), { step: 'request', message: 'nothing arrived' });
  } catch (error) {
    return observe(trial, keyturn, stderr(), describeFailure(error));
  }
}

/** By which the server and the plugin know a kubectl. */
function nameOf({ version, isDispatcher }: Kubectl): string {
  return `kubectl-${version}${isDispatcher ? '-dispatcher' : ''}`;
}

/** What leads to one request each, whose path tells its namespace and, save for `--raw`, that of the server's URL. */
function argumentsFor({ trial, kubeconfig }: PreparedTrial, name: string): readonly string[] {
  if (trial.whole === undefined)
    return ['--kubeconfig', kubeconfig ?? '', 'get', '--raw', `/${name}`];
  return [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...Object.entries(trial.whole.instead ?? {}).map(([option, value]) => `--${option}=${value}`),
    ...['create', 'token', name],
  ];
}

function urlFor({ trial }: PreparedTrial, name: string, loaded: LoadedKubeconfig): string {
  const { origin, server, namespace = 'default' } = loaded;
  return trial.whole === undefined
    ? `${origin}/${name}`
    : `${server}/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
}

async function load({ trial, kubeconfig, environment }: PreparedTrial): Promise<LoadedKubeconfig> {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  // The environment is read before anything is waited for, so that other trials may go on meanwhile.
  const { instead, anonymous } = trial.whole ?? {};
  const loading = loadKubeconfig({ path: kubeconfig, anonymous, ...instead });
  for (const name of Object.keys(environment)) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  return loading;
}

async function request(trial: PreparedTrial): Promise<void> {
  const loaded = await load(trial);
  await using manager = createCredentialManager({ source: loaded.source });
  const { client, unbind } = bindHttps(manager, loaded.bindOptions);
  try {
    const response = await client.get(urlFor(trial, trial.nameFor(keyturn), loaded), { timeoutMs });
    for await (const _ of response);
  } finally {
    unbind();
    client.agent.destroy();
  }
}

async function observe(
  trial: PreparedTrial,
  program: string,
  stderr: string,
  refusal: Refusal,
): Promise<Observation> {
  const arrivals = trial.arrivalsOf(program);
  return {
    runs: await trial.runsOf(program),
    arrivals,
    forwarded: trial.trial.stderr !== undefined && stderr.includes(trial.trial.stderr),
    refusal: arrivals.length === 0 ? refusal : undefined,
  };
}

/** Where kubectl failed, by its own words. */
function stepOf(stderr: string): RefusalStep {
  const words: readonly (readonly [RegExp, RefusalStep])[] = [
    [/failed with exit code/, 'exit'],
    [/interactive mode:|exec: executable \S+ not found|exec: (?:fork\/exec|exec:) /, 'start'],
    [/decoding stdout|exec plugin (?:is configured|didn't return|returned)/, 'answer'],
    [/failed parsing client|invalid header field value/, 'answer'],
    [/^Error in configuration:/m, 'kubeconfig'],
    [/^error: (?!failed to create token|.*the server)/m, 'kubeconfig'],
  ];
  return words.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'request';
}

function lastLineOf(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** Where we failed, by the code. */
function describeFailure(error: unknown): Refusal {
  if (!isCredentialError(error)) return { step: 'request', message: String(error) };
  const { code, message } = error;
  const steps: readonly (readonly [RegExp, RefusalStep])[] = [
    [/^ERR_KUBECONFIG_/, 'kubeconfig'],
    [/^ERR_EXEC_(?:EXIT|SIGNAL)$/, 'exit'],
    [/^ERR_EXEC_(?:OUTPUT|OUTPUT_LIMIT|VERSION)$|^ERR_CREDENTIAL_/, 'answer'],
    [/^ERR_EXEC_/, 'start'],
  ];
  const step = steps.find(([pattern]) => pattern.test(code))?.[1] ?? 'request';
  return { step, message: `${code}: ${message}` };
}
