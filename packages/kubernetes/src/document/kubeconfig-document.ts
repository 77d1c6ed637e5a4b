import { CredentialError, quoted } from '@keyturn/core/binding';
import { capitalized, Fields, type Place, subjectOf } from './fields.js';
import { readKubeconfigText } from './kubeconfig-text.js';

/** A named part of a kubeconfig, not looked into before it is chosen. */
export interface Entry {
  readonly place: Place;
  readonly value: unknown;
}

export type Entries = ReadonlyMap<string, Entry>;

/** One kubeconfig, or several merged ones. */
export interface Kubeconfig {
  /** The files it came from, each as an error names it. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly contexts: Entries;
  readonly clusters: Entries;
  readonly users: Entries;
}

/** Tells whether it says nothing at all. */
export function isEmptyKubeconfig(kubeconfig: Kubeconfig): boolean {
  const { currentContext, contexts, clusters, users } = kubeconfig;
  return currentContext === undefined && contexts.size + clusters.size + users.size === 0;
}

/**
 * Reads the outer shape of a kubeconfig. An empty text is an empty kubeconfig, as it is for kubectl.
 *
 * What stands in the contexts, clusters and users is checked when one is chosen, so that a broken entry
 * does not stop a program that uses another one. (kubectl refuses the whole file.)
 * @throws {CredentialError} ERR_KUBECONFIG_PARSE, ERR_KUBECONFIG_FIELD.
 */
export async function parseKubeconfig(text: string, place: Place): Promise<Kubeconfig> {
  const root = await readKubeconfigText(text, place.file);
  expectObject(root, text, place);
  const fields = Fields.of(root, place);
  expectVersion(fields);
  return {
    files: [place.file],
    currentContext: fields.text('current-context'),
    contexts: readEntries(fields, 'context'),
    clusters: readEntries(fields, 'cluster'),
    users: readEntries(fields, 'user'),
  };
}

// A kubeconfig may leave both out; then it is taken for what it should be.
function expectVersion(fields: Fields): void {
  const kind = fields.text('kind') ?? 'Config';
  const version = fields.text('apiVersion') ?? 'v1';
  if (kind !== 'Config' || version !== 'v1') {
    throw noKubeconfig(
      fields.place,
      `its kind is ${shown(kind)} and its apiVersion ${shown(version)}, not "Config" and "v1". ${adviceFor(kind)}`,
    );
  }
}

function noKubeconfig(place: Place, what: string): CredentialError {
  return new CredentialError(
    'ERR_KUBECONFIG_PARSE',
    `${capitalized(subjectOf(place))} is no kubeconfig: ${what}.`,
  );
}

/** What people have in place of a kubeconfig, or around it. */
function adviceFor(kind: string): string {
  if (kind === 'Secret') return 'Take the kubeconfig out of its "data", and decode it from base64';
  if (kind === 'ConfigMap') return 'Take the kubeconfig out of its "data"';
  if (kind === 'ExecCredential')
    return 'It is what a plugin prints; name the plugin in a kubeconfig';
  if (/^config$/i.test(kind)) return 'Write them so';
  return 'Give the path of a kubeconfig';
}

function expectObject(root: unknown, text: string, place: Place): void {
  if (root === undefined || root === null) return;
  if (Array.isArray(root)) throw noKubeconfig(place, `it is a list. ${giveOne}`);
  if (typeof root === 'object') return;
  throw noKubeconfig(place, `it is ${nameWord(text.trim())}`);
}

const giveOne = 'Give the path of a kubeconfig, or its text';

/** Names a text that is one word or sentence, and quotes none of it: it may be a token. */
function nameWord(text: string): string {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return `a token. ${giveOne}`;
  const decoded = Buffer.from(text, 'base64').toString();
  if (/^\s*(?:\{|apiVersion\b|kind\b|clusters\b|contexts\b|users\b)/.test(decoded)) {
    return 'still base64, as it stands in a Secret. Decode it with "base64 -d"';
  }
  if (/^[~./\\]|^[a-z]:\\/i.test(text)) return `a path. Give it as the option "path", not as text`;
  return `plain text. ${giveOne}`;
}

/** Anything but one word is not repeated: a line break that got lost has made something else a part of it. */
function shown(name: string): string {
  return /^[A-Za-z][\w./-]{0,60}$/.test(name) ? quoted(name) : 'something else';
}

function readEntries(root: Fields, kind: 'context' | 'cluster' | 'user'): Entries {
  const entries = new Map<string, Entry>();
  for (const item of root.list(`${kind}s`)) {
    const name = item.text('name') ?? '';
    if (entries.has(name)) {
      throw item.problem('name', `repeats ${quoted(name)}. Give each ${kind} a name of its own`);
    }
    const place = { ...root.place, entry: `${kind} ${quoted(name)}` };
    entries.set(name, { place, value: item.raw(kind) });
  }
  return entries;
}
