import { equal, ok, deepEqual as same } from 'node:assert/strict';
import { isUnverified } from '@keyturn/core/binding';
import type { TestApiServerOptions } from '../server/test-api-server.js';
import type { TestAuthority } from '../server/test-authority.js';
import { rejection, until } from './expectations.js';
import { type Scene, scene } from './scene.js';
import { type SceneTrust, sceneTrust } from './scene-trust.js';
import type { Stage, StageOptions, Theatre } from './theatre.js';

// A binding that presents certificates makes its TLS connections itself, and so knows whom to trust.
const encrypted: Scene['needs'] = ['clientCertificate'];

export const trustScenes: readonly Scene[] = [
  scene('trusts a renewed authority with the next connection', encrypted, async (theatre) => {
    const { server, trust, renewed, send } = await trusting(theatre);
    server.presentCertificate(await renewed.issueServerCertificate());
    trust.rotate(renewed.certificate);
    equal((await send('/first')).status, 200);
    equal(trust.refreshes, 0);
  }),

  scene('closes idle connections of an authority that is gone', encrypted, async (theatre) => {
    const { server, trust, renewed, send } = await trusting(theatre);
    equal((await send('/first')).status, 200);
    server.presentCertificate(await renewed.issueServerCertificate());
    trust.rotate(renewed.certificate);
    await send('/second');
    await until(
      'the old connection is closed',
      () => !server.connections.isOpen(1),
      theatre.limitMs,
    );
    ok(server.requests[1]?.connection !== 1, 'The second request went over the old connection.');
  }),

  scene(
    'finishes requests in flight, then drains the connection of an authority that is gone',
    encrypted,
    async (theatre) => {
      let finish = (): void => {};
      const { server, trust, renewed, send } = await trusting(theatre, {
        server: {
          respond: (request, response) => {
            if (request.url === '/slow') finish = () => response.end('{}');
            else response.end('{}');
          },
        },
      });
      const slow = send('/slow');
      await until('the request arrives', () => server.requests.length === 1, theatre.limitMs);
      server.presentCertificate(await renewed.issueServerCertificate());
      trust.rotate(renewed.certificate);
      equal((await send('/second')).status, 200);
      finish();
      equal((await slow).status, 200);
      const isClosed = (): boolean => !server.connections.isOpen(1);
      await until('the old connection is closed', isClosed, theatre.limitMs);
    },
  ),

  ...(['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
    scene(
      `believes no authority that is gone, where ${version} sessions could be resumed`,
      encrypted,
      async (theatre) => {
        const { server, trust, renewed, send } = await trusting(theatre, {
          server: { minVersion: version, maxVersion: version },
        });
        equal((await send('/first')).status, 200);
        trust.rotate(renewed.certificate);
        const error = await rejection('a request to nobody', send('/second'), theatre.limitMs);
        ok(isUnverified(error) || saysUnverified(error), 'The error says something else.');
        equal(server.requests.length, 1);
      },
    ),
  ),

  scene(
    'looks at its authorities again where a server cannot be verified, and connects once more',
    encrypted,
    async (theatre) => {
      const { server, trust, renewed, send } = await trusting(theatre);
      server.presentCertificate(await renewed.issueServerCertificate());
      trust.rotateWhenAsked(renewed.certificate);
      equal((await send('/first')).status, 200);
      equal(trust.refreshes, 1);
      equal((await send('/second')).status, 200);
    },
  ),

  scene('does so for a body that can be read once', [...encrypted, 'bodies'], async (theatre) => {
    const { server, trust, renewed, send } = await trusting(theatre);
    server.presentCertificate(await renewed.issueServerCertificate());
    trust.rotateWhenAsked(renewed.certificate);
    const value = Buffer.from('once');
    const body = { kind: 'stream', value: inPieces(value) } as const;
    equal((await send('/stream', { body })).status, 200);
    same(
      server.requests.map(({ body: sent }) => sent.toString()),
      ['once'],
    );
  }),

  scene('passes on what it cannot verify', encrypted, async (theatre) => {
    const { server, trust, renewed, send } = await trusting(theatre);
    server.presentCertificate(await renewed.issueServerCertificate());
    const error = await rejection('a request to nobody', send('/first'), theatre.limitMs);
    ok(isUnverified(error) || saysUnverified(error), 'The error says something else.');
    ok(trust.refreshes > 0, 'Nobody has looked again.');
  }),

  scene(
    'keeps its connections while its authorities stay the same',
    [...encrypted, 'keepsConnections'],
    async (theatre) => {
      const { server, send } = await trusting(theatre);
      for (const path of ['/a', '/b', '/c']) equal((await send(path)).status, 200);
      equal(server.connections.opened, 1);
    },
  ),

  scene(
    'respects maxSockets while servers are verified',
    [...encrypted, 'keepsConnections'],
    async (theatre) => {
      const { server, sendMany } = await trusting(theatre, { bind: { maxSockets: 2 } });
      same(await sendMany(20), { 200: 20 });
      ok(server.connections.opened <= 2, `${server.connections.opened} connections`);
    },
  ),
];

interface TrustingStage<Client> extends Stage<Client> {
  readonly trust: SceneTrust;
  /** The authority of later. */
  readonly renewed: TestAuthority;
}

/** A stage whose binding trusts the authority of its server, and another one when that rotates. */
async function trusting<Client>(
  theatre: Theatre<Client>,
  { server: serverOptions, bind }: StageOptions = {},
): Promise<TrustingStage<Client>> {
  const [authority, renewed] = await theatre.authorities();
  const trust = sceneTrust(authority.certificate);
  const stage = await theatre.stage({
    server: { clientCertificate: 'ignore', ...serverOptions } satisfies TestApiServerOptions,
    bind: { tls: { ca: trust }, ...bind },
  });
  return { ...stage, trust, renewed };
}

/** A client may tell of the failure in its own words, with those of OpenSSL among them. */
function saysUnverified(error: unknown): boolean {
  return /unable to verify|self.signed certificate|unable to get (?:local )?issuer/i.test(
    String(error),
  );
}

async function* inPieces(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes.subarray(0, 2);
  yield bytes.subarray(2);
}
