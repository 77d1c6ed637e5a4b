import { createCredentialManager } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { shortLivedCertificates } from './certificates.js';
import { lossesOf } from './losses.js';
import { post } from './post.js';
import { type Ledger, startServer } from './server.js';
import { watch } from './watch.js';

const startedAt = performance.now();
const tell = (line: string): void => {
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s  ${line}`);
};

const over = AbortSignal.timeout(6_000);
const ledger: Ledger = { events: 0, posts: [] };
await using server = await startServer(ledger, over);
await using credentials = createCredentialManager({
  source: shortLivedCertificates(server.authority),
});
const { client, unbind } = bindHttps(credentials, {
  origins: [server.url],
  tls: { ca: server.ca },
});

let answeredAs = '';
credentials.on('rotated', ({ credential, previous }) => {
  const [now, before] = [credential.certificateGeneration, previous.certificateGeneration];
  tell(`rotation: certificate ${now} in place of ${before}; the watch stays on its connection`);
});

tell('watching, and sending POSTs');
const [events, posts] = await Promise.all([
  watch(client, `${server.url}/watch`),
  post(client, `${server.url}/notes`, over, (number, commonName) => {
    if (commonName !== answeredAs)
      tell(`POST ${number}: the server sees ${commonName} from now on`);
    answeredAs = commonName;
  }),
]);
unbind();

const losses = lossesOf(ledger, events, posts);
for (const loss of losses) tell(loss);
const { certificateRotations } = credentials.stats();
const { opened } = client.agent.connections;
tell(
  `${events.length} of ${ledger.events} events and ${ledger.posts.length} of ${posts.sent} POSTs arrived, ` +
    `over ${certificateRotations} rotations and ${opened} connections`,
);
process.exitCode = losses.length === 0 ? 0 : 1;
