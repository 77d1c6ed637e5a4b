/**
 * For loggers that write JSON, pino above all: what of an error may be written, and which fields not.
 * A program that logs nothing of the sort never loads it.
 */

import { type CredentialErrorDetails, isCredentialError } from './errors.js';

/** What is written of an error; the names are those of pino's own serializer. */
export interface SerializedError {
  /** The name of its class. */
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** Such as ERR_EXEC_EXIT or ECONNREFUSED. */
  readonly code?: string | number;
  /** Of a plugin. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** The end of what a plugin wrote to stderr, without secrets. */
  readonly stderr?: string;
  /** Of a source that is not asked again before `refresh()` is called. */
  readonly isFinal?: boolean;
  /** Of a service that wants to be left alone. Milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
  readonly aggregateErrors?: readonly unknown[];
}

/**
 * Serializes an error for a log: `pino({ serializers: { err: serializeError } })`.
 *
 * Writes what every error has, and what a CredentialError says of a plugin and of the next load. Nothing else that hangs on an error is written: clients hang
 * the request and its headers there, and with NODE_DEBUG=keyturn a CredentialError has the error of its source as its cause. What is
 * no error is returned as it is.
 */
export function serializeError(error: unknown): unknown {
  return serialize(error, 0);
}

// Far more than anybody reads, and an end where an error is its own cause.
const longestChain = 5;

function serialize(error: unknown, depth: number): unknown {
  try {
    return isError(error) ? fieldsOf(error, depth) : error;
  } catch {
    // A getter, or a proxy, that throws when it is looked at: a log must not end a program.
    return { type: 'Error', message: 'An error that cannot be read.' };
  }
}

function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    isCredentialError(value) ||
    Object.prototype.toString.call(value) === '[object Error]'
  );
}

function fieldsOf(error: Error, depth: number): SerializedError {
  const { code, cause, errors } = error as Error & Readonly<Record<string, unknown>>;
  const nested = isCredentialError(error) ? undefined : cause;
  return {
    type: String(error.constructor?.name || error.name),
    message: String(error.message),
    ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(isCredentialError(error) ? detailsOf(error) : {}),
    ...(isError(nested) && depth < longestChain ? { cause: serialize(nested, depth + 1) } : {}),
    ...(Array.isArray(errors) && depth < longestChain
      ? { aggregateErrors: errors.filter(isError).map((each) => serialize(each, depth + 1)) }
      : {}),
  };
}

function detailsOf({
  exitCode,
  signal,
  stderr,
  isFinal,
  retryAfterMs,
}: CredentialErrorDetails): Partial<SerializedError> {
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(stderr === undefined ? {} : { stderr }),
    ...(isFinal === undefined ? {} : { isFinal }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** As people write them, and as Node has them. */
const secretHeaders = [
  'Authorization',
  'Proxy-Authorization',
  'Cookie',
  'Set-Cookie',
  'X-API-Key',
  'X-Vault-Token',
].flatMap((name) => [name, name.toLowerCase()]);

/** Where programs keep a request, the options of one, or an error with either. */
const placesOfHeaders = ['headers', '*.headers', '*.config.headers', '*.options.headers'];

const secretFields = ['token', 'accessToken', 'access_token', 'refresh_token', 'privateKey'];

const placesOfFields = ['', '*.', '*.clientCertificate.'];

/**
 * Paths for the option `redact` of pino: where a token, a private key or a header with a secret stands in what programs log. A credential
 * redacts itself; this is for material, for requests as their clients describe them, and for a token that somebody has taken out.
 */
export const redactPaths: readonly string[] = [
  ...placesOfHeaders.flatMap((place) => secretHeaders.map((name) => `${place}["${name}"]`)),
  ...placesOfFields.flatMap((place) => secretFields.map((name) => place + name)),
];
