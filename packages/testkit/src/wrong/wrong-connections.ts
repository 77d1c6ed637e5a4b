/** Bindings that do wrong to connections and the certificates they were made with. */
import type { Agent, AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureVersion, TLSSocket } from 'node:tls';
import type { Credential } from '@keyturn/core';
import { isCertificateRefusal } from '@keyturn/core/binding';
import {
  DrainingAgent,
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';

export const wrongConnections: readonly WrongBinding[] = [
  ...(['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
    alsoFails(
      wrongClient(
        `presents the new certificate after a rotation, where ${version} sessions could be resumed`,
        `resumes ${version} sessions of an older certificate`,
        class extends ReferenceClient {
          readonly #kept: { session?: Buffer } = {};

          protected override makeAgent(options: AgentOptions): DrainingAgent {
            // Without a certificate it is the agent for what is out of scope, and that one does nothing wrong.
            return options.cert === undefined
              ? super.makeAgent(options)
              : new ResumingAgent(options, version, this.#kept);
          }
        },
      ),
      // Its agent knows no proxy.
      'goes through the proxy it is given, and shows it no secret',
    ),
  ),
  wrongClient(
    'presents no certificate after unbind()',
    'goes on with its certificate when it is unbound',
    class extends ReferenceClient {
      #last: Credential | undefined;

      protected override agentFor(credential: Credential | undefined, passage: Passage): Agent {
        this.#last = credential ?? this.#last;
        return super.agentFor(this.isBound ? credential : this.#last, passage);
      }
    },
  ),
  wrongClient(
    'closes its idle connections when it is unbound',
    'leaves idle connections open when it is unbound',
    class extends ReferenceClient {
      protected override drain(agent: DrainingAgent): void {
        if (this.isBound) super.drain(agent);
      }
    },
  ),
  wrongClient(
    'closes idle connections of the old certificate',
    'leaves idle connections of an older certificate open',
    class extends ReferenceClient {
      protected override rotated(old: DrainingAgent): void {
        old.isDraining = true;
      }
    },
  ),
  wrongClient(
    'finishes requests in flight on the old certificate',
    'cuts what is in flight when the certificate rotates',
    class extends ReferenceClient {
      protected override rotated(old: DrainingAgent): void {
        super.rotated(old);
        for (const sockets of Object.values(old.sockets)) {
          for (const socket of sockets ?? []) socket.destroy();
        }
      }
    },
  ),
  wrongClient(
    'drains a busy connection of the old certificate',
    'keeps a connection of an older certificate that was busy',
    class extends ReferenceClient {
      protected override rotated(old: DrainingAgent): void {
        old.closeIdle();
      }
    },
  ),
  wrongClient(
    'serves a request that is queued behind a drained connection',
    'fails what is queued when the certificate rotates',
    class extends ReferenceClient {
      protected override rotated(old: DrainingAgent): void {
        super.rotated(old);
        for (const requests of Object.values(old.requests)) {
          for (const request of requests ?? []) request.destroy();
        }
      }
    },
  ),
  wrongClient(
    'opens no connection when only the token rotates',
    'makes new connections for each credential',
    class extends ReferenceClient {
      protected override generationOf({ generation }: Credential): number {
        return generation;
      }
    },
  ),
  alsoFails(
    wrongClient(
      'respects maxSockets while many wait for the first credential',
      'opens as many connections as it likes',
      class extends ReferenceClient {
        protected override agentOptions(credential?: Credential): AgentOptions {
          return { ...super.agentOptions(credential), maxSockets: Number.POSITIVE_INFINITY };
        }
      },
    ),
    'respects maxSockets while servers are verified',
  ),
  wrongClient(
    'passes the second such alert on',
    'starts all over after the second alert',
    class extends ReferenceClient {
      protected override sendWithCredential(passage: Passage): Promise<ReferenceAnswer> {
        return super.sendWithCredential(passage).catch((error: unknown) => {
          if (isCertificateRefusal(error)) return super.sendWithCredential(passage);
          throw error;
        });
      }
    },
  ),
];

/** Resumes the TLS session of whatever connection came before, if it was of this version. */
export class ResumingAgent extends DrainingAgent {
  readonly #version: SecureVersion;
  readonly #kept: { session?: Buffer };

  constructor(options: AgentOptions, version: SecureVersion, kept: { session?: Buffer }) {
    super(options);
    this.#version = version;
    this.#kept = kept;
  }

  override createConnection(
    options: AgentOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { session } = this.#kept;
    const socket = super.createConnection({ ...options, ...(session && { session }) }, callback);
    (socket as TLSSocket).on('session', (latest) => {
      if ((socket as TLSSocket).getProtocol() === this.#version) this.#kept.session = latest;
    });
    return socket;
  }
}
