import { homedir } from 'node:os';
import path from 'node:path';
import { CredentialError, quoted } from '@keyturn/core/binding';
import { decodeText, withoutMarks } from '@keyturn/core/text';
import { type Entries, type Kubeconfig, parseKubeconfig } from './kubeconfig-document.js';
import { readBounded, readFailure, unexpanded } from './read-file.js';

export interface KubeconfigLocation {
  readonly path?: string | undefined;
  readonly text?: string | undefined;
}

/**
 * Reads the kubeconfig that `location` names: its text, its one path, or what kubectl would read
 * (the list in `KUBECONFIG`, else `~/.kube/config`).
 *
 * Text has no directory of its own: relative paths in it start at the working directory, as client-go has it.
 * @throws {CredentialError} ERR_KUBECONFIG_READ, and what `parseKubeconfig` throws.
 */
export async function readKubeconfig(location: KubeconfigLocation): Promise<Kubeconfig> {
  const found = await findKubeconfig(location);
  if ('missing' in found) throw found.missing;
  return found;
}

/** The same; what would be thrown where there is no kubeconfig at all is returned. */
export async function findKubeconfig({
  path: only,
  text,
}: KubeconfigLocation): Promise<Kubeconfig | { readonly missing: CredentialError }> {
  if (text !== undefined) {
    return parseKubeconfig(withoutMarks(text).text, {
      file: 'the kubeconfig text',
      directory: process.cwd(),
    });
  }
  const paths = only === undefined ? defaultPaths() : [path.resolve(only)];
  const found: Kubeconfig[] = [];
  for (const file of paths) {
    const kubeconfig = await readIfThere(file);
    if (kubeconfig !== undefined) found.push(kubeconfig);
  }
  return found.length === 0
    ? { missing: noneFound(paths, only !== undefined) }
    : found.reduce(merge);
}

function defaultPaths(): string[] {
  const list = process.env['KUBECONFIG'];
  if (list === undefined || list === '') return [path.join(homedir(), '.kube', 'config')];
  const named = list.split(path.delimiter).filter((file) => file !== '');
  return [...new Set(named.map((file) => path.resolve(file)))];
}

// kubectl skips the files of the list that do not exist. Other failures stop it, and us: half a list is a wrong list.
async function readIfThere(file: string): Promise<Kubeconfig | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw readFailure(error, `The kubeconfig ${quoted(file)}`);
  }
  const { text } = decodeText(bytes);
  return parseKubeconfig(text, { file: quoted(file), directory: path.dirname(file) });
}

function noneFound(paths: readonly string[], isGiven: boolean): CredentialError {
  const names = paths.map(quoted).join(', ');
  const isNamed = (process.env['KUBECONFIG'] ?? '') !== '';
  const advice = isGiven
    ? 'Correct the option "path".'
    : `${isNamed ? 'Correct' : 'Set'} KUBECONFIG, or give "path" or "text".`;
  const hints = [...paths.flatMap((file) => unexpanded(file) ?? []), advice];
  return new CredentialError(
    'ERR_KUBECONFIG_READ',
    `No kubeconfig was found${names === '' ? '' : ` at ${names}`}. ${hints.join(' ')}`,
  );
}

/** The first file that names an entry or the current context wins; entries are never mixed. */
function merge(first: Kubeconfig, second: Kubeconfig): Kubeconfig {
  return {
    files: [...first.files, ...second.files],
    currentContext: first.currentContext ?? second.currentContext,
    contexts: union(first.contexts, second.contexts),
    clusters: union(first.clusters, second.clusters),
    users: union(first.users, second.users),
  };
}

function union(first: Entries, second: Entries): Entries {
  return new Map([...second, ...first]);
}
