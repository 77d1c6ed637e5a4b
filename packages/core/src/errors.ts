import { printable } from './printable.js';

/**
 * Every code a CredentialError can carry, with what it means and what to do about it.
 * `docs/reference/errors.md` is generated from this table.
 */
export const errorCodes = {
  ERR_CREDENTIAL_EMPTY:
    'The source returned neither a token nor a client certificate, nor any headers. Check what it prints or returns; a source that means it says `anonymous: true`.',
  ERR_CREDENTIAL_TOKEN:
    'The token cannot stand in an HTTP header, most often because it holds a line break or begins with "Bearer". Trim it where it is made.',
  ERR_CREDENTIAL_HEADER:
    'A header of the credential has a name or a value that HTTP forbids, belongs to the message or its connection, or is given twice. The message names the header, and never its value.',
  ERR_CREDENTIAL_CERTIFICATE:
    'The client certificate or its private key is missing, cannot be read, or is one that TLS cannot use; the message says why. Both must be PEM text, the key unencrypted.',
  ERR_CREDENTIAL_KEY_MISMATCH:
    'The private key does not belong to the client certificate. Put the certificate of the key first in the chain.',
  ERR_CREDENTIAL_EXPIRY:
    'The expiry is not a timestamp, or one in seconds. A source returns Unix milliseconds; a plugin prints RFC 3339.',
  ERR_CREDENTIAL_STATE:
    'The `state` that the source wants back at its next load is not a string. `JSON.stringify` makes one of what it is.',
  ERR_SOURCE_FAILED:
    'The credential source threw something of its own. Call `original()` on the error to look at it, or start the program with `NODE_DEBUG=keyturn`, which makes it the `cause`; it may hold secrets. What the system said, such as ENOENT with its path, stands in the message.',
  ERR_SOURCES_EXHAUSTED:
    'None of the sources given to `firstOf` could return a credential. The message names each with its own code.',
  ERR_SOURCE_RECURSION:
    'The credential source asked, inside its own `load`, the manager that waits for it, most often through a client that is bound to that manager. Give it a client of its own that is not bound.',
  ERR_FILE_READ:
    'A file that `fileSource` or `oauthSource` was given is missing, cannot be read, or changes while it is read; the message has its path and the reason. What was got before serves on.',
  ERR_TRUST_READ:
    'A file of authorities that `fileTrust` was given is missing, cannot be read, or changes while it is read; the message has its path and the reason. What was read before stays in force, and this is only thrown where there is nothing yet.',
  ERR_TRUST_AUTHORITY:
    'A trust source gives no certificate authorities, or one that OpenSSL cannot read; the message says which. All of them have to be PEM text. What was given before stays in force.',
  ERR_TRUST_FAILED:
    'A trust source of your own threw something when it was first asked. Call `original()` on the error to look at it.',
  ERR_MANAGER_CLOSED: 'The manager is closed. Make a new one.',
  ERR_EXEC_NOT_FOUND:
    'The plugin is not installed, not on PATH, or not at the path given. The message says which PATH was searched, and the install hint how to get it.',
  ERR_EXEC_NOT_EXECUTABLE:
    'The plugin is a directory, lacks the execute permission, or has a format that the system cannot run.',
  ERR_EXEC_SPAWN: 'The system could not start the plugin, for the reason named in the message.',
  ERR_EXEC_ENVIRONMENT:
    'The arguments or the environment of the plugin are too large or hold a NUL character. Large cluster information is the usual cause.',
  ERR_EXEC_EXIT: 'The plugin ended with a non-zero exit code. `exitCode` and `stderr` tell more.',
  ERR_EXEC_SIGNAL: 'The plugin was ended by a signal that Keyturn did not send. `signal` names it.',
  ERR_EXEC_TIMEOUT:
    'The plugin took longer than `timeoutMs` and was ended with its whole process group.',
  ERR_EXEC_ABORTED: 'The run was ended because the manager closed.',
  ERR_EXEC_OUTPUT_LIMIT: 'The plugin printed more than `maxOutputBytes` and was ended.',
  ERR_EXEC_OUTPUT:
    'The plugin printed something that is not an ExecCredential. It must print one JSON or YAML object on stdout. Or the command of `commandSource` printed something that its `read` does not read; the message says what it is. By default that is one bearer token.',
  ERR_EXEC_VERSION:
    'The plugin answered in another API version than the one configured. Set `apiVersion` to what it prints.',
  ERR_EXEC_INTERACTIVE:
    'The plugin must talk to a person and standard input is not a terminal or is not available.',
  ERR_EXEC_POLICY: 'The plugin policy does not allow this command.',
  ERR_OAUTH_SECRET:
    'A secret, key or assertion that `oauthSource` was given cannot be used: a function failed or returned nothing, or a key cannot be read. The message says which, and never what it holds.',
  ERR_OAUTH_DISCOVERY:
    'The metadata of the issuer cannot be used: they are missing, of another issuer, or name no token endpoint that a secret may be sent to. Check `issuer`, or give `tokenEndpoint`.',
  ERR_OAUTH_REQUEST:
    'The authorization server could not be reached, or did not answer in `timeoutMs`. The message has what the system said.',
  ERR_OAUTH_RESPONSE:
    'The authorization server answered with something that is no token, such as a page, a redirect or an answer without an access token. The message says what it is, and never what it holds.',
  ERR_OAUTH_REFUSED:
    'The authorization server refused the client or the request. The message has its code, such as "invalid_client" or "invalid_scope", and what it says of it, shortened and without our secrets.',
  ERR_OAUTH_GRANT:
    'The authorization server takes what is exchanged for a token no more: the refresh token or the assertion is revoked, expired or used up, or a person has to log in. Log in again, and call `refresh()` if it was given as a string.',
  ERR_OAUTH_THROTTLED:
    'The authorization server wants fewer requests. It is left alone for as long as it says; `retryAfterMs` has how long.',
  ERR_ORIGIN_UNKNOWN:
    'The binding knows no origin to send the credential to. Give `origins`, or a client with a base URL.',
  ERR_ORIGIN_INSECURE:
    'The origin is plain http and not loopback, so the credential would travel in clear text. Use https, or `allowInsecure`.',
  ERR_ORIGIN_CHANGED:
    'Between the moment when a request was judged and its connection, something led it to another place: the options of an agent, for one. Leave host, port and path out of them.',
  ERR_CONNECTION_DRAINED:
    'A request still ran on an older client certificate when `drainTimeoutMs` had passed, and was cut. Send it again.',
  ERR_AGENT_BYPASSED:
    'Something has made a connection from the options of a `CredentialAgent` and past the agent, as axios does for a proxy of the environment. Give axios `proxy: false`, or use `bindAxios`.',
  ERR_PROXY:
    'The proxy for a request cannot be used: it is not there, cannot be verified, wants another user name or password, or refuses to connect to the server. The message says which. The server has not been asked.',
  ERR_KUBECONFIG_READ: 'A kubeconfig, or a file that it names, cannot be read.',
  ERR_KUBECONFIG_PARSE: 'A kubeconfig is not the YAML or JSON object that it should be.',
  ERR_KUBECONFIG_CONTEXT: 'The context, its cluster or its user is not in the kubeconfig.',
  ERR_KUBECONFIG_FIELD: 'A field of the kubeconfig is missing or has a value that cannot be used.',
  ERR_KUBECONFIG_UNSUPPORTED: 'The kubeconfig asks for something that Keyturn does not do.',
  ERR_STORE_FAILED:
    'The store that processes share could not be read or written, for the reason named in the message. With `onStoreFailure: "load"` each process loads alone meanwhile.',
  ERR_STORE_RECORD:
    'What the store holds under this key cannot be read: another program wrote it, it is damaged, or it was encrypted with a key that is not in `encryptionKeys`. `store.delete(key)` clears it.',
  ERR_STORE_UNSAFE:
    'The directory of a store, or something in it, is a link, belongs to another user, or can be read by others. The message has the path and what to do.',
  ERR_STORE_FORGOTTEN:
    'The store has lost a record with something in it that can be used once, such as a refresh token. Log in again, or call `store.delete(key)` to begin anew.',
  ERR_STORE_DELETED:
    'Somebody has deleted the record, which is a logout, while a new credential was being loaded. It is not used; the next request loads anew.',
  ERR_IN_CLUSTER:
    'A program cannot use the service account of its pod; the message names the variable or the file that is missing.',
} as const;

export type CredentialErrorCode = keyof typeof errorCodes;

export interface CredentialErrorDetails {
  /** Exit code of the plugin. */
  readonly exitCode?: number | undefined;
  /** Signal that ended the plugin. */
  readonly signal?: string | undefined;
  /** The end of what the plugin wrote to stderr, bounded and scrubbed of everything that looks like a secret. */
  readonly stderr?: string | undefined;
  /** Whether asking again is of no use before a person has done something: only `refresh()` then asks the source again. */
  readonly isFinal?: boolean | undefined;
  /** How long the service behind the source wants to be left alone at least. Milliseconds; a day counts as the longest. */
  readonly retryAfterMs?: number | undefined;
  /** What a foreign source threw. Reached by `original()` only, because nobody knows what it prints. */
  readonly original?: unknown;
}

const brand = Symbol.for('@keyturn/core/CredentialError');

/**
 * A failure to get or to place a credential, named by its `code`. Holds no secret.
 *
 * Test for it with `isCredentialError`, which also knows the errors of a second copy of this package.
 */
export class CredentialError extends Error {
  readonly code: CredentialErrorCode;
  declare readonly exitCode?: number;
  declare readonly signal?: string;
  declare readonly stderr?: string;
  declare readonly isFinal?: boolean;
  declare readonly retryAfterMs?: number;
  readonly #original: unknown;

  constructor(code: CredentialErrorCode, message: string, details: CredentialErrorDetails = {}) {
    // Every message goes through here, also that of a source of one's own: names in it may come from a kubeconfig of
    // somebody else, and a terminal obeys what it is shown.
    super(printable(message));
    this.code = code;
    // Absent details stay absent, so that a printed error shows what is known and no row of "undefined".
    if (details.exitCode !== undefined) this.exitCode = details.exitCode;
    if (details.signal !== undefined) this.signal = details.signal;
    if (details.stderr !== undefined && details.stderr !== '') {
      this.stderr = printable(details.stderr);
    }
    if (details.isFinal) this.isFinal = true;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    this.#original = details.original;
    if (details.original !== undefined && isDebugging()) {
      Object.defineProperty(this, 'cause', {
        value: details.original,
        configurable: true,
        writable: true,
      });
    }
  }

  /**
   * Returns what a source of your own threw, where the code is ERR_SOURCE_FAILED.
   * It is not the `cause`, because loggers print causes and a foreign error may quote a secret (decision 0006), unless the
   * program was started with `NODE_DEBUG=keyturn` by somebody who wants to see it (decision 0054).
   */
  original(): unknown {
    return this.#original;
  }
}
Object.defineProperties(CredentialError.prototype, {
  name: { value: 'CredentialError', configurable: true, writable: true },
  [brand]: { value: true },
});

/** Whether somebody has asked to see more than is safe to keep, as other programs are asked: NODE_DEBUG=http,keyturn. */
function isDebugging(): boolean {
  return /(?:^|[\s,])keyturn(?:$|[\s,])/i.test(process.env['NODE_DEBUG'] ?? '');
}

/** Tells whether `value` is a CredentialError, also one of another copy of this package. Never throws. */
export function isCredentialError(value: unknown): value is CredentialError {
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      (value as { readonly [brand]?: unknown })[brand] === true
    );
  } catch {
    // A proxy, or a getter, that throws when it is looked at.
    return false;
  }
}
