/** Bindings that carry a credential too far, or not far enough. */
import type { Agent } from 'node:https';
import type { Credential } from '@keyturn/core';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient, wrongSetup } from './wrong-binding.js';

const hasSameScheme = ({ url }: Passage, baseUrl: string): boolean =>
  baseUrl.startsWith(url.protocol);

const beganElsewhere =
  'carries nothing along a chain of redirects that began elsewhere and comes in';
const cameBack = 'carries nothing along a chain of redirects that has left and comes back';

export const wrongScopes: readonly WrongBinding[] = [
  wrongSetup(
    'says which option is missing when it knows no origin',
    'goes without a scope where it knows no origin',
    (setup) => (setup.url === '' ? { ...setup, origins: ['https://anywhere.example'] } : setup),
  ),
  wrongSetup(
    'refuses to send to plain http beyond this machine',
    'allows plain http to everyone',
    (setup) => ({ ...setup, allowInsecure: true }),
  ),
  wrongSetup(
    'refuses an unknown option by its name',
    'reads the options that it knows and no others',
    ({
      url,
      maxSockets,
      origins,
      tls,
      replay,
      refusedStatuses,
      allowInsecure,
      drainTimeoutMs,
      proxy,
    }) => ({
      url,
      maxSockets,
      origins,
      tls,
      replay,
      refusedStatuses,
      allowInsecure,
      drainTimeoutMs,
      proxy,
    }),
  ),
  wrongClient(
    'does not carry a token to another origin',
    'goes by the host alone',
    tokenBeyond((passage, baseUrl) => passage.hop === 0 && hasSameScheme(passage, baseUrl)),
  ),
  wrongClient(
    'does not carry a token to plain http',
    'goes by the host alone, whatever the scheme',
    tokenBeyond((passage, baseUrl) => passage.hop === 0 && !hasSameScheme(passage, baseUrl)),
  ),
  alsoFails(
    wrongClient(
      'does not carry a token along a redirect to another origin',
      'judges the first hop and no other',
      tokenBeyond((passage, baseUrl) => passage.hop > 0 && hasSameScheme(passage, baseUrl)),
    ),
    beganElsewhere,
    cameBack,
  ),
  wrongClient(
    'does not carry a token along a redirect to plain http',
    'follows a redirect to plain http with its token',
    tokenBeyond((passage, baseUrl) => passage.hop > 0 && !hasSameScheme(passage, baseUrl)),
  ),
  wrongClient(
    'does not carry a certificate to another origin',
    'presents its certificate to everyone',
    certificateBeyond(({ hop }) => hop === 0),
  ),
  alsoFails(
    wrongClient(
      'does not carry a certificate along a redirect to another origin',
      'presents its certificate wherever a redirect leads',
      certificateBeyond(({ hop }) => hop > 0),
    ),
    beganElsewhere,
    cameBack,
  ),
  wrongClient(
    'takes a refusal by another origin for none of its own',
    'reports each 401 that a request ends with',
    class extends ReferenceClient {
      protected override async sendInScope(passage: Passage): Promise<ReferenceAnswer> {
        const answer = await super.sendInScope(passage);
        const held = this.manager.peek();
        if (passage.hop > 0 && answer.status === 401 && held !== undefined) {
          await this.manager.invalidate(held);
        }
        return answer;
      }
    },
  ),
  wrongClient(
    beganElsewhere,
    'remembers only that a chain has left',
    class extends ReferenceClient {
      protected override hasLeft(passage: Passage): boolean {
        return passage.hop > 0 && super.hasLeft(passage);
      }
    },
  ),
  alsoFails(
    wrongClient(
      beganElsewhere,
      'presents its certificate to whoever is in scope, wherever the chain began',
      class extends ReferenceClient {
        protected override agentFor(credential: Credential | undefined, passage: Passage): Agent {
          const isIn = this.isBound && super.includes({ ...passage, hasLeftScope: false });
          return super.agentFor(isIn ? this.manager.peek() : credential, passage);
        }
      },
    ),
    cameBack,
  ),
  alsoFails(
    wrongClient(
      cameBack,
      'remembers only where a chain began',
      class extends ReferenceClient {
        protected override hasLeft(passage: Passage): boolean {
          return passage.hop === 0 ? super.hasLeft(passage) : passage.hasLeftScope;
        }
      },
    ),
    'does not carry a header along a redirect to another origin, nor back from there',
  ),
  alsoFails(
    wrongClient(
      'carries the token along a redirect that stays in scope',
      'carries no token along any redirect',
      class extends ReferenceClient {
        protected override includes(passage: Passage): boolean {
          return passage.hop === 0 && super.includes(passage);
        }
      },
    ),
    'carries the headers along a redirect that stays in scope',
  ),
];

type Where = (passage: Passage, baseUrl: string) => boolean;

/** A client that sends the held token where `isThere` says so, although that is out of scope. */
function tokenBeyond(isThere: Where): typeof ReferenceClient {
  return class extends ReferenceClient {
    protected override authorization(
      credential: Credential | undefined,
      passage: Passage,
    ): Readonly<Record<string, string>> {
      const astray = this.isBound && !this.includes(passage) && isThere(passage, this.setup.url);
      return super.authorization(astray ? this.manager.peek() : credential, passage);
    }
  };
}

function certificateBeyond(isThere: Where): typeof ReferenceClient {
  return class extends ReferenceClient {
    protected override agentFor(credential: Credential | undefined, passage: Passage): Agent {
      const astray = this.isBound && !this.includes(passage) && isThere(passage, this.setup.url);
      return super.agentFor(astray ? this.manager.peek() : credential, passage);
    }
  };
}
