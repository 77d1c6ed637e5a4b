import { CredentialError, type ProxyAddress, quoted } from '@keyturn/core/binding';

/**
 * What is wrong with a proxy, or with the way through it.
 *
 * It has no `cause`: a TLS alert of the proxy must not be taken for the refusal of a certificate, nor a proxy that cannot be verified
 * for such a server.
 */
export function proxyFailure(proxy: ProxyAddress, what: string): CredentialError {
  return new CredentialError('ERR_PROXY', `The proxy ${quoted(proxy.name)} ${what}.`);
}

/** What the system says of an error, in brackets; nothing where it says nothing. */
export function inBrackets(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

/** The end of the sentence about a login that a proxy does not take. */
export function wantedLogin(proxy: ProxyAddress): string {
  return proxy.login() === undefined
    ? 'it wants a user name and a password. Write them into its URL, as in "http://user:password@proxy.example:3128"'
    : 'it wants another user name or password than those in its URL';
}

/** For whoever wants a connection at once, as a mock may. */
export function noCallback(): CredentialError {
  return new CredentialError(
    'ERR_PROXY',
    'A connection was asked for without a callback, and one through a proxy cannot be there at once. Make requests with the agent instead.',
  );
}
