import type { CredentialError } from '@keyturn/core/binding';
import type { ExecConfig } from '@keyturn/core/exec';
import { authProviderFault } from './auth-provider.js';
import { readExecStanza } from './exec-stanza.js';
import type { Fields } from './fields.js';
import { unfilledSecret } from './placeholder.js';

/** Text that stands in the kubeconfig itself, or the path of a file that holds it. */
export type TextOrFile =
  | { readonly field: string; readonly text: string }
  | { readonly field: string; readonly file: string };

/** Credentials that need no plugin. Token and certificate go together where both are given, as in client-go. */
export interface HeldCredentials {
  readonly token?: string | undefined;
  /** Path of a file that is read again and again; it wins over `token` as long as it can be read. */
  readonly tokenFile?: string | undefined;
  readonly pair?: { readonly certificate: TextOrFile; readonly privateKey: TextOrFile } | undefined;
}

export type User =
  | { readonly kind: 'exec'; readonly exec: ExecConfig }
  | { readonly kind: 'held'; readonly held: HeldCredentials };

/**
 * Reads how a user authenticates. Precedence is client-go's (since 1.24): a token, a token file or a client
 * certificate with its key keep the plugin from running; then nothing but what they hold is used.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD, also where there is no credential at all: kubectl would go on as
 * an anonymous user, and a program that asked for credentials should hear of it. ERR_KUBECONFIG_UNSUPPORTED for
 * basic authentication, auth providers, and impersonation, which would act with other rights if it were ignored.
 */
export function readUser(fields: Fields): User {
  refuseUnsupported(fields);
  // Checked even where it is not used, as kubectl does: a stanza that would fail later should fail now.
  const stanza = fields.object('exec');
  const exec = stanza === undefined ? undefined : readExecStanza(stanza);
  const held = {
    token: readToken(fields),
    tokenFile: fields.path('tokenFile'),
    pair: readPair(fields),
  };
  if (Object.values(held).some((value) => value !== undefined)) return { kind: 'held', held };
  if (exec !== undefined) return { kind: 'exec', exec };
  if (isGiven(fields, 'client-key') || isGiven(fields, 'client-key-data')) {
    throw fields.problem(
      'client-certificate',
      'is missing beside the client key. Add it, or "client-certificate-data"',
    );
  }
  throw fields.problem(
    'exec',
    'is missing, and so is every other credential. Give "exec", "token", "tokenFile", or "client-certificate" with "client-key"',
  );
}

const basicAdvice = 'is not supported. Use a token, a client certificate or an exec plugin';
const impersonationAdvice =
  'asks for impersonation, which is not supported. Choose a user with the rights that you need';
const unsupported: Readonly<Record<string, string>> = {
  username: basicAdvice,
  password: basicAdvice,
  as: impersonationAdvice,
  'as-uid': impersonationAdvice,
  'as-groups': impersonationAdvice,
  'as-user-extra': impersonationAdvice,
};

function refuseUnsupported(fields: Fields): void {
  const refuse = (name: string, fact: string): CredentialError =>
    fields.problem(name, fact, 'ERR_KUBECONFIG_UNSUPPORTED');
  const provider = fields.object('auth-provider');
  if (provider !== undefined) throw refuse('auth-provider', authProviderFault(provider));
  for (const [name, fact] of Object.entries(unsupported)) {
    if (isGiven(fields, name)) throw refuse(name, fact);
  }
}

/** Tells whether a field asks for anything: old kubeconfigs have `as-user-extra: {}` in every user. */
function isGiven(fields: Fields, name: string): boolean {
  const value = fields.raw(name);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== '';
}

// What Node takes in a header. Checked here so that the error can name the field.
function readToken(fields: Fields): string | undefined {
  const token = fields.text('token');
  const fault = token === undefined ? undefined : tokenFault(token);
  if (fault !== undefined) throw fields.problem('token', fault);
  return token;
}

/** Says what is wrong with a token, in a phrase that follows the name of its field; undefined where nothing is. */
export function tokenFault(token: string): string | undefined {
  if (!/^[\t\x20-\x7e]+$/.test(token)) {
    return 'holds a line break or another character that cannot stand in an HTTP header. Remove it';
  }
  if (/^bearer\s/i.test(token)) {
    return 'begins with the word "Bearer", which each request puts before it. Remove that word';
  }
  return unfilledSecret(token);
}

function readPair(fields: Fields): HeldCredentials['pair'] {
  const certificate = textOrFile(fields, 'client-certificate');
  // A key alone is no credential; client-go ignores it.
  if (certificate === undefined) return undefined;
  const privateKey = textOrFile(fields, 'client-key');
  if (privateKey === undefined) {
    throw fields.problem(
      'client-key',
      'is missing beside the client certificate. Add it, or "client-key-data"',
    );
  }
  return { certificate, privateKey };
}

function textOrFile(fields: Fields, field: string): TextOrFile | undefined {
  const text = fields.base64(`${field}-data`)?.toString('utf8');
  const file = fields.path(field);
  if (text !== undefined && file !== undefined) {
    throw fields.problem(field, `cannot stand beside "${field}-data". Remove one of the two`);
  }
  if (text !== undefined) return { field: `${field}-data`, text };
  return file === undefined ? undefined : { field, file };
}
