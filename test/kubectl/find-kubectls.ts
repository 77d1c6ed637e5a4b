import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A kubectl of this machine. */
export interface Kubectl {
  readonly file: string;
  /** Such as `1.33.1`. */
  readonly version: string;
  /** The Google Cloud SDK's kubectl asks the server for its version and then becomes another kubectl. */
  readonly isDispatcher: boolean;
}

// client-go 1.24 dropped v1alpha1 and made a static certificate win over the plugin: before it, other rules apply.
const oldestMinor = 24;

/**
 * Finds every kubectl on PATH and beside what `kubectl` and `gcloud` lead to, oldest first. The Google Cloud SDK
 * brings one for each minor version, called `kubectl.1.27` and so on.
 */
export async function findKubectls(): Promise<readonly Kubectl[]> {
  // The plugins of the comparison are shell scripts.
  if (process.platform === 'win32') return [];
  const files = new Set(directories().flatMap(kubectlsIn));
  const asked = await Promise.all([...files].map(askVersion));
  return asked
    .filter((kubectl) => kubectl !== undefined)
    .filter(({ version }) => minorOf(version) >= oldestMinor)
    .sort((one, other) => compareVersions(one.version, other.version));
}

export function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0);
}

function directories(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '');
  const beside = onPath
    .flatMap((directory) => [join(directory, 'kubectl'), join(directory, 'gcloud')])
    .flatMap((file) => {
      const target = programAt(file);
      return target === undefined ? [] : [dirname(target)];
    });
  return [...new Set([...onPath, ...beside])];
}

function kubectlsIn(directory: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^kubectl(?:[.-]?v?\d+\.\d+(?:\.\d+)?)?$/.test(name))
    .flatMap((name) => programAt(join(directory, name)) ?? []);
}

/** The program that `file` leads to, or undefined. */
function programAt(file: string): string | undefined {
  try {
    const target = realpathSync(file);
    accessSync(target, constants.X_OK);
    return statSync(target).isFile() ? target : undefined;
  } catch {
    return undefined;
  }
}

async function askVersion(file: string): Promise<Kubectl | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ['version', '--client', '-o', 'json'], {
      // Without a kubeconfig of the machine's owner.
      env: { PATH: process.env['PATH'], HOME: tmpdir(), KUBECONFIG: '/dev/null' },
      timeout: 20_000,
    });
    const { gitVersion } = (JSON.parse(stdout) as VersionAnswer).clientVersion;
    const [, version = '', suffix = ''] = /^v(\d+\.\d+\.\d+)(.*)$/.exec(gitVersion) ?? [];
    return version === ''
      ? undefined
      : { file, version, isDispatcher: suffix.startsWith('-dispatcher') };
  } catch {
    // Something else of that name.
    return undefined;
  }
}

interface VersionAnswer {
  readonly clientVersion: { readonly gitVersion: string };
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
