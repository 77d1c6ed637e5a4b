/** Bindings that do wrong about a proxy. */
import http from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Credential } from '@keyturn/core';
import { CredentialError } from '@keyturn/core/binding';
import {
  type OpenTunnel,
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { openTunnel } from '../conformance/reference-tunnel.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';

const goesThrough = 'goes through the proxy it is given, and shows it no secret';
const staysHome = 'sends what goes in clear text to loopback past the proxy it is given';
const tellsApart =
  'takes the refusal of a proxy for none of the server, and keeps its password to itself';

export const wrongProxies: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      goesThrough,
      'forgets the proxy',
      class extends ReferenceClient {
        protected override wayThroughProxy(): OpenTunnel | undefined {
          return undefined;
        }
      },
    ),
    tellsApart,
  ),
  wrongClient(
    goesThrough,
    'shows the proxy the token',
    class extends ReferenceClient {
      #token = '';

      protected override requestOptions(passage: Passage, credential?: Credential): RequestOptions {
        this.#token = credential?.token ?? '';
        return super.requestOptions(passage, credential);
      }

      protected override openTunnel(target: string): Promise<Socket> {
        const { proxy } = this;
        return proxy === undefined
          ? super.openTunnel(target)
          : openTunnel(proxy, target, { authorization: `Bearer ${this.#token}` });
      }
    },
  ),
  wrongClient(
    staysHome,
    'sends to the proxy what goes in clear text',
    class extends ReferenceClient {
      protected override requestOptions(passage: Passage, credential?: Credential): RequestOptions {
        const options = super.requestOptions(passage, credential);
        if (this.proxy === undefined || passage.url.protocol === 'https:') return options;
        return { ...options, agent: new ThroughTunnel((target) => this.openTunnel(target)) };
      }
    },
  ),
  wrongClient(
    tellsApart,
    'asks for another token because the proxy refuses',
    class extends ReferenceClient {
      protected override async transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        try {
          return await super.transmit(passage, credential);
        } catch (error) {
          const { code } = error as CredentialError;
          if (code === 'ERR_PROXY' && credential) await this.manager.invalidate(credential);
          throw error;
        }
      }
    },
  ),
  wrongClient(
    tellsApart,
    'names the proxy with its password',
    class extends ReferenceClient {
      protected override async openTunnel(target: string): Promise<Socket> {
        try {
          return await super.openTunnel(target);
        } catch {
          throw new CredentialError('ERR_PROXY', `The proxy ${this.setup.proxy} refuses.`);
        }
      }
    },
  ),
];

class ThroughTunnel extends http.Agent {
  readonly #open: OpenTunnel;

  constructor(open: OpenTunnel) {
    super();
    this.#open = open;
  }

  override createConnection(
    ...[options, callback]: Parameters<NonNullable<http.ClientRequestArgs['createConnection']>>
  ): Duplex | undefined {
    const { host, port } = options;
    this.#open(`${host}:${port}`).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as never),
    );
    return undefined;
  }
}
