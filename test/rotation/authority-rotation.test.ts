/** Authority, certificate and token rotate together, under load. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientCertificate, fileTrust } from '@keyturn/core';
import { createTestAuthority } from '@keyturn/testkit';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { grpcClient } from './grpc-client.js';
import { http2Client } from './http2-client.js';
import { concurrency } from './load-client.js';
import { loadClients } from './load-clients.js';
import { setLoadScene } from './load-scene.js';
import { isFullLoad, rotations, timeoutMs } from './load-size.js';
import { httpsClient } from './node-clients.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { undiciClient } from './undici-clients.js';
import { complaintsOf, describeVerdict } from './verdict.js';

/** An authority, and what it has issued for the server, with the number of the authority in it. */
interface Renewal {
  readonly authority: string;
  readonly pair: ClientCertificate;
}

const renewals: Renewal[] = [];

beforeAll(async () => {
  await issueCertificates(rotations + 1);
  for (let number = 1; number <= rotations + 1; number += 1) {
    const authority = await createTestAuthority({ commonName: `authority ${number}` });
    const hosts = [`authority-${number}`, 'localhost', '127.0.0.1'];
    const pair = await authority.issueServerCertificate({ hosts });
    renewals.push({ authority: authority.certificate, pair });
  }
});

/** A file of authorities, renewed together with the certificate of the server. */
function renewable() {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-authorities-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'ca.crt');
  let number = 0;
  const renew = (present: (pair: ClientCertificate) => void): void => {
    const { authority, pair } = renewals[number] as Renewal;
    number += 1;
    present(pair);
    writeFileSync(path, authority);
  };
  const trust = fileTrust(path, { pollMs: 10 });
  /** The number of the authority that is trusted now. */
  const trusted = (): number => {
    const { pem } = trust.peek();
    return renewals.findIndex(({ authority }) => authority === pem) + 1;
  };
  return { trust, trusted, renew };
}

/** One of each kind of connection; all of them where there is time. */
const kinds = [httpsClient, undiciClient, http2Client, grpcClient];

it.for(isFullLoad ? loadClients : kinds)(
  '$name: authority, certificate, token: nothing is lost, believes an old authority or mixes a pair under load',
  { timeout: timeoutMs },
  async (loadClient, { annotate }) => {
    const { trust, trusted, renew } = renewable();
    const authorities = {
      ...loadClient,
      startServer: async () => {
        const server = await loadClient.startServer();
        renew((pair) => server.presentCertificate(pair));
        return server;
      },
    };
    const source = rotatingSource('both');
    const scene = await setLoadScene(authorities, { source, ca: trust });
    const rotate = (): Promise<unknown> => {
      renew((pair) => scene.server.presentCertificate(pair));
      return scene.manager.refresh();
    };
    const verdict = await runLoad({ ...scene, rotations, rotate, trusted, pairs: true });
    await annotate(describeVerdict(verdict));
    expect(complaintsOf(verdict, concurrency)).toEqual([]);
  },
);
