import type { ExecConfig } from '@keyturn/core/exec';
import type { Fields } from '../document/fields.js';
import { unfilledSecret } from '../document/placeholder.js';
import { authProviderFault } from './auth-provider.js';
import { readExecStanza } from './exec-stanza.js';
import { type Headers, readImpersonation } from './impersonation.js';

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

export type User = (
  | { readonly kind: 'exec'; readonly exec: ExecConfig }
  | { readonly kind: 'held'; readonly held: HeldCredentials }
  | { readonly kind: 'nobody' }
) & {
  /** What each request has to say besides: as whom to act, and a name with its password. */
  readonly headers: Headers | undefined;
  readonly passedOver?: PassedOverPlugin | undefined;
};

/** A plugin that is not run, as kubectl does not run it. */
export interface PassedOverPlugin {
  readonly command: string;
  /** The field of the user that takes its place: `token`, `tokenFile`, `client-certificate` or `username`. */
  readonly because: string;
}

/**
 * Reads how a user authenticates. Precedence is client-go's (since 1.24): a token, a token file, a user name or a client
 * certificate with its key keep the plugin from running; then nothing but what they hold is used.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD, also where there is no credential at all: kubectl would ask a person for a name and
 * a password, and a program that asked for credentials should hear of it. ERR_KUBECONFIG_UNSUPPORTED for auth
 * providers, and for impersonation of several groups, which would act with other rights if they were ignored.
 * @param mayBeNobody whether a user without a credential is one
 */
export function readUser(fields: Fields, mayBeNobody: boolean = false): User {
  refuseProvider(fields);
  const impersonation = readImpersonation(fields);
  // Checked even where it is not used, as kubectl does: a stanza that would fail later should fail now.
  const stanza = fields.object('exec');
  const exec = stanza === undefined ? undefined : readExecStanza(stanza);
  const held = {
    token: readToken(fields),
    tokenFile: fields.path('tokenFile'),
    pair: readPair(fields),
  };
  const basic = readBasic(fields);
  const headers = (impersonation ?? basic) ? { ...impersonation, ...withBasic(basic) } : undefined;
  const because = heldField(held, basic);
  if (because !== undefined) {
    const passedOver = exec && { command: exec.command, because };
    return { kind: 'held', held, headers, passedOver };
  }
  if (exec !== undefined) return { kind: 'exec', exec, headers };
  if (fields.isGiven('client-key') || fields.isGiven('client-key-data')) {
    throw fields.problem(
      'client-certificate',
      'is missing beside the client key. Add it, or "client-certificate-data"',
    );
  }
  if (mayBeNobody) return { kind: 'nobody', headers };
  throw fields.problem(
    'exec',
    'is missing, and so is every other credential. Give "exec", "token", "tokenFile", or "client-certificate" with "client-key"; or say "anonymous: true" to the loader',
  );
}

function heldField(held: HeldCredentials, basic: string | undefined): string | undefined {
  if (held.token !== undefined) return 'token';
  if (held.tokenFile !== undefined) return 'tokenFile';
  if (held.pair !== undefined) return 'client-certificate';
  return basic === undefined ? undefined : 'username';
}

function refuseProvider(fields: Fields): void {
  const provider = fields.object('auth-provider');
  if (provider === undefined) return;
  throw fields.problem('auth-provider', authProviderFault(provider), 'ERR_KUBECONFIG_UNSUPPORTED');
}

/** @returns the value of an Authorization (RFC 7617), in UTF-8 as client-go has it */
function readBasic(fields: Fields): string | undefined {
  const name = fields.text('username');
  const password = fields.text('password');
  if (name === undefined && password === undefined) return undefined;
  if (name === undefined) {
    throw fields.problem('password', 'stands without "username". Add that, or remove it');
  }
  const other = ['token', 'tokenFile'].find((field) => fields.isGiven(field));
  if (other !== undefined) {
    throw fields.problem('username', `cannot stand beside "${other}". Remove one of the two`);
  }
  if (name.includes(':')) {
    throw fields.problem('username', 'holds a colon, which would end it. Correct it');
  }
  return `Basic ${Buffer.from(`${name}:${password ?? ''}`).toString('base64')}`;
}

function withBasic(basic: string | undefined): Headers {
  return basic === undefined ? {} : { Authorization: basic };
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
