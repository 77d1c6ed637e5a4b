/** Bindings that do wrong to whom they trust. */
import type { Agent, AgentOptions } from 'node:https';
import type { Credential, Trust } from '@keyturn/core';
import { isUnverified } from '@keyturn/core/binding';
import {
  type DrainingAgent,
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';
import { ResumingAgent } from './wrong-connections.js';

const closesIdle = 'closes idle connections of an authority that is gone';
const drainsBusy =
  'finishes requests in flight, then drains the connection of an authority that is gone';
const looksAgain =
  'looks at its authorities again where a server cannot be verified, and connects once more';
const readOnce = 'does so for a body that can be read once';

/** For a connection to whoever answers. */
const anybody: Credential = { generation: -1, certificateGeneration: -1 };

export const wrongTrusts: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      'trusts a renewed authority with the next connection',
      'reads its authorities once',
      class extends ReferenceClient {
        // Read when it is bound.
        readonly #first = super.trusted();

        protected override trusted(): Trust | undefined {
          return this.#first;
        }
      },
    ),
    closesIdle,
    drainsBusy,
    looksAgain,
    readOnce,
    ...(['TLSv1.2', 'TLSv1.3'] as const).map(believes),
  ),
  wrongClient(
    closesIdle,
    'leaves idle connections of an authority open that is gone',
    class extends ReferenceClient {
      protected override distrusted(old: DrainingAgent): void {
        old.isDraining = true;
      }
    },
  ),
  wrongClient(
    drainsBusy,
    'keeps a connection of an authority that is gone, because it was busy',
    class extends ReferenceClient {
      protected override distrusted(old: DrainingAgent): void {
        old.closeIdle();
      }
    },
  ),
  ...(['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
    wrongClient(
      believes(version),
      `resumes ${version} sessions that another authority has verified`,
      class extends ReferenceClient {
        // While the constructor of the reference client makes agents, there are no fields of ours yet.
        static readonly kept = new WeakMap<object, { session?: Buffer }>();

        protected override makeAgent(options: AgentOptions): DrainingAgent {
          const { kept } = this.constructor as unknown as {
            readonly kept: WeakMap<object, { session?: Buffer }>;
          };
          // Where authorities do not rotate, it does nothing wrong.
          if (typeof this.setup.tls?.ca === 'string') return super.makeAgent(options);
          const session = kept.get(this) ?? {};
          kept.set(this, session);
          return new ResumingAgent(options, version, session);
        }
      },
    ),
  ),
  alsoFails(
    wrongClient(
      looksAgain,
      'takes it for final that a server cannot be verified',
      class extends ReferenceClient {
        protected override async renewTrust(): Promise<boolean> {
          return false;
        }
      },
    ),
    readOnce,
    'passes on what it cannot verify',
  ),
  wrongClient(
    readOnce,
    'connects once more for what it could send again alone',
    class extends ReferenceClient {
      protected override async renewTrust(
        used: Trust | undefined,
        passage: Passage,
      ): Promise<boolean> {
        return (await super.renewTrust(used, passage)) && passage.body.stream === undefined;
      }
    },
  ),
  alsoFails(
    wrongClient(
      'passes on what it cannot verify',
      'asks whom it cannot verify in the end',
      class extends ReferenceClient {
        protected override async transmit(
          passage: Passage,
          credential?: Credential,
        ): Promise<ReferenceAnswer> {
          try {
            return await super.transmit(passage, credential);
          } catch (error) {
            if (!isUnverified(error)) throw error;
            return await super.attempt(passage, { ...anybody, token: credential?.token });
          }
        }

        protected override agentFor(credential: Credential | undefined, passage: Passage): Agent {
          return credential?.generation === anybody.generation
            ? this.makeAgent({ rejectUnauthorized: false })
            : super.agentFor(credential, passage);
        }
      },
    ),
    ...(['TLSv1.2', 'TLSv1.3'] as const).map(believes),
  ),
  wrongClient(
    'keeps its connections while its authorities stay the same',
    'makes new connections for each request while authorities may rotate',
    class extends ReferenceClient {
      protected override agentOptions(credential?: Credential): AgentOptions {
        const keepAlive = typeof this.setup.tls?.ca === 'string';
        return { ...super.agentOptions(credential), keepAlive };
      }
    },
  ),
  wrongClient(
    'respects maxSockets while servers are verified',
    'opens as many connections as it likes while authorities may rotate',
    class extends ReferenceClient {
      protected override agentOptions(credential?: Credential): AgentOptions {
        const options = super.agentOptions(credential);
        const isFixed = typeof this.setup.tls?.ca === 'string';
        return isFixed ? options : { ...options, maxSockets: Number.POSITIVE_INFINITY };
      }
    },
  ),
];

function believes(version: 'TLSv1.2' | 'TLSv1.3'): string {
  return `believes no authority that is gone, where ${version} sessions could be resumed`;
}
