import type { CredentialMaterial, CredentialSource } from '../contract.js';
import { systemClock } from '../lifecycle/clock.js';
import { isMisplacedSecret } from '../misplaced-secret.js';
import { describe, knownOptions, numberOption } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';

/** The path of a file, or text that stays as it is beside files that do not. */
export type PathOrText = string | { readonly text: string };

export interface FileSourceOptions {
  /** A bearer token. Blanks and line breaks around it do not count. */
  readonly token?: PathOrText | undefined;
  /** PEM text: the client certificate, followed by its chain if it has one. Comes with `privateKey`. */
  readonly certificate?: PathOrText | undefined;
  /** PEM text: the key of the certificate, without a passphrase. */
  readonly privateKey?: PathOrText | undefined;
  /** How long what was read counts as the latest, in milliseconds. Default 10,000. */
  readonly pollMs?: number | undefined;
}

/** What a source reads, by what it holds. */
export type FileSet = Readonly<Partial<Record<(typeof fileNames)[number], PathOrText>>>;

const fileNames = ['token', 'certificate', 'privateKey'] as const;
const defaultPollMs = 10_000;

/**
 * Makes a source of files that somebody else renews: cert-manager, Vault, the kubelet.
 *
 * They are read as one set, again when somebody asks for the credential and `pollMs` have passed; nothing watches them, and nothing
 * runs while nobody asks. While they cannot be read, or a write is in progress, what was read last serves on until its certificate
 * expires, and the manager tells of it with `refreshFailed`.
 *
 * Its loads throw a CredentialError with ERR_FILE_READ, ERR_CREDENTIAL_EMPTY, _TOKEN, _CERTIFICATE or _KEY_MISMATCH, with the path.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function fileSource(options: FileSourceOptions): CredentialSource {
  const { pollMs, set } = checkOptions(options);
  return {
    name: `files ${pathsIn(set).map(quoted).join(', ')}`.replaceAll('"', ''),
    load: async ({ signal, clock = systemClock }): Promise<CredentialMaterial> => {
      // Read with the first load: few programs have such files.
      const { readFileSet } = await import('./read-file-set.js');
      const material = await readFileSet(set, signal);
      return { ...material, refreshAt: clock.now() + pollMs };
    },
  };
}

function checkOptions(options: FileSourceOptions): { pollMs: number; set: FileSet } {
  knownOptions('fileSource', options, [...fileNames, 'pollMs']);
  const given = snapshot(options);
  const set: FileSet = Object.fromEntries(
    fileNames
      .filter((name) => given[name] !== undefined)
      .map((name) => [name, checkPart(name, given[name])]),
  );
  if ((set.certificate === undefined) !== (set.privateKey === undefined)) {
    throw new TypeError('fileSource takes "certificate" and "privateKey" together.');
  }
  if (pathsIn(set).length === 0) {
    throw new TypeError(
      'fileSource takes the path of a "token", or of "certificate" and "privateKey".',
    );
  }
  return { pollMs: numberOption('pollMs', given.pollMs, defaultPollMs, 1), set };
}

function pathsIn(set: FileSet): string[] {
  return Object.values(set).filter((part) => typeof part === 'string');
}

function checkPart(name: string, part: unknown): PathOrText {
  if (typeof part === 'string' && isMisplacedSecret(part)) {
    throw new TypeError(
      `Option "${name}" of fileSource is the path of a file; text itself goes into { text }.`,
    );
  }
  if (typeof part === 'string' && part !== '') return part;
  if (typeof part === 'object' && part !== null) {
    const { text } = snapshot(part as { readonly text?: unknown });
    if (typeof text === 'string') return Object.freeze({ text });
  }
  throw new TypeError(
    `Option "${name}" of fileSource must be the path of a file, or { text }, not ${describe(part)}.`,
  );
}
