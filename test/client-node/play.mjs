// node test/client-node/play.mjs PACKAGE: plays everything with that version of @kubernetes/client-node. Prints a line for each
// promise, and `played N`; 1 when one of them does not hold.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority } from '@keyturn/testkit';
import { startApiServer } from './api-server.mjs';
import { plays } from './plays.mjs';

const k8s = await import(process.argv[2]);
const authority = await createTestAuthority();
let failed = 0;

for (const [promise, play] of Object.entries(plays)) {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-client-node-'));
  const world = await startApiServer(authority);
  try {
    await play(k8s, world, authority.certificate, folder);
    console.log(`ok     ${promise}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILS  ${promise}\n${error.stack}`);
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
console.log(`played ${Object.keys(plays).length}`);
// What the unbound client has left open goes on for minutes.
process.exit(failed === 0 ? 0 : 1);
