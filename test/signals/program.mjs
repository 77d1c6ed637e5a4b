// A program as anybody writes it, without a listener for any signal: it asks for a credential, and asks again when that
// fails. PLUGIN MODE [plant]: with `plant` it swallows the first signal, as a listener that is taken off at the wrong moment does.

import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';

const [command, interactiveMode, plant] = process.argv.slice(2);
if (plant !== undefined) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => {});
}
const apiVersion = 'client.authentication.k8s.io/v1';
const manager = createCredentialManager({
  source: execSource({ command, apiVersion, interactiveMode }),
});
for (let tries = 0; tries < 2; tries += 1) {
  await manager.current().catch(({ code }) => console.log('WENT ON', code));
}
