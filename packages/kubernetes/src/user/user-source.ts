import {
  type CredentialMaterial,
  type CredentialSource,
  fileSource,
  type LoadContext,
  type PathOrText,
} from '@keyturn/core';
import { inspectPair } from '@keyturn/core/lifecycle';
import { type Fields, subjectOf } from '../document/fields.js';
import { readHeld } from './read-held.js';
import type { HeldCredentials, TextOrFile } from './user.js';

// How long client-go trusts what it read from a file before it reads again.
const tokenPollMs = 60_000;
const pairPollMs = 300_000;

/**
 * Makes a source of the credentials that a kubeconfig holds or names.
 *
 * Files are read by `fileSource`, anew after a minute where there is a token file, else after five: what was read serves on while they
 * cannot be read. A failure names the field. Where `token` stands beside `tokenFile`, it takes over when the file cannot be read or is
 * empty. What stands in the kubeconfig itself never expires by itself.
 */
export function userSource(held: HeldCredentials, user: Fields): CredentialSource {
  const files = filesOf(held);
  return {
    // Without its quotes, because an error puts the name of a source in quotes.
    name: subjectOf(user.place).replaceAll('"', ''),
    load: (context) =>
      files === undefined
        ? readHeld(held, user, nowOf(context))
        : loadFiles(files, held, user, context),
  };
}

function filesOf({ token, tokenFile, pair }: HeldCredentials): CredentialSource | undefined {
  const certificate = pair && partOf(pair.certificate);
  const privateKey = pair && partOf(pair.privateKey);
  const isInFile = [tokenFile, certificate, privateKey].some((part) => typeof part === 'string');
  if (!isInFile) return undefined;
  return fileSource({
    token: tokenFile ?? (token === undefined ? undefined : { text: token }),
    certificate,
    privateKey,
    pollMs: tokenFile === undefined ? pairPollMs : tokenPollMs,
  });
}

function partOf(origin: TextOrFile): PathOrText {
  return 'file' in origin ? origin.file : { text: origin.text };
}

async function loadFiles(
  files: CredentialSource,
  held: HeldCredentials,
  user: Fields,
  context: LoadContext,
): Promise<CredentialMaterial> {
  const now = nowOf(context);
  try {
    const material = await files.load(context);
    if (isValid(material, now)) return material;
  } catch (error) {
    context.signal.throwIfAborted();
    // In the words of the kubeconfig, where it can be told what is wrong.
    const read = await readHeld(held, user, now);
    if (held.token === undefined || held.tokenFile === undefined) throw error;
    return { ...read, refreshAt: now + tokenPollMs };
  }
  return { ...(await readHeld(held, user, now)), refreshAt: now + pairPollMs };
}

/** Whether a server would take it: it goes by the token where there is one. */
function isValid({ token, clientCertificate }: CredentialMaterial, now: number): boolean {
  if (token !== undefined || clientCertificate === undefined) return true;
  const inspected = inspectPair(clientCertificate);
  return !('notAfter' in inspected) || (inspected.notAfter ?? Number.POSITIVE_INFINITY) > now;
}

function nowOf({ clock }: LoadContext): number {
  return clock?.now() ?? Date.now();
}
