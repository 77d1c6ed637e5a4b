import type { RequestOptions } from 'node:https';
import type { SecureContext } from 'node:tls';
import { CredentialError } from '@keyturn/core/binding';

/**
 * Stands among the options of an agent of ours, for whoever makes a TLS connection from these and past the agent: as axios does
 * where the environment names a proxy. Token, certificate and authority would be lost, and the request would fail with something that
 * leads nowhere, or be refused.
 *
 * It is a `secureContext`, because that is what `tls.connect()` asks for before anything else, and it is inside that it throws:
 * whoever only reads or copies the options finds nothing wrong.
 */
const guard: SecureContext = Object.defineProperty({} as SecureContext, 'context', {
  get() {
    throw new CredentialError(
      'ERR_AGENT_BYPASSED',
      'The connection was made from the options of a CredentialAgent and past the agent, so that the credential would be lost. In axios that is a proxy of the environment: give "proxy: false", or use bindAxios.',
    );
  },
});

type WithContext = RequestOptions & { secureContext?: SecureContext | undefined };

const givenKey: unique symbol = Symbol('keyturn.secureContext');

type WithGiven = WithContext & { [givenKey]?: SecureContext };

/** Puts it into the options of an agent, unless they have a context of their caller's. */
export function guardOptions(options: object): void {
  (options as WithContext).secureContext ??= guard;
}

/** Remembers the context of one request: those of an agent take its place. */
export function noteContext(options: WithGiven): void {
  if (options.secureContext !== undefined) options[givenKey] = options.secureContext;
}

/** Returns `options` for a connection that the agent does make. */
export function withoutGuard<Options extends object>(options: Options): Options {
  const { secureContext, [givenKey]: given } = options as WithGiven;
  return secureContext === guard ? { ...options, secureContext: given } : options;
}
