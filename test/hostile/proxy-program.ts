/** Sends one request with every client, under the environment it is started in: prints a JSON object of faults by client. */
import { createCredentialManager, staticSource } from '@keyturn/core';
import { type PlainPlaces, plainClients } from './proxy-clients.js';

const [origin = '', target = '', proxy = ''] = process.argv.slice(2);
const places: PlainPlaces = { origin, target, proxy };
const outcomes: Record<string, string> = {};
for (const { name, send } of plainClients) {
  const token = `token-of-${encodeURIComponent(name)}-and-no-other`;
  const manager = createCredentialManager({ source: staticSource({ token }) });
  outcomes[name] = await send(manager, places).then(
    () => 'answered',
    (error: Error) => error.message,
  );
}
process.stdout.write(JSON.stringify(outcomes), () => process.exit());
