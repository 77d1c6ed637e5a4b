/** Asks the server of the arguments through the proxy of the arguments, and prints the status, or the code of what failed. */
import { createCredentialManager } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';

const [server = '', proxy = ''] = process.argv.slice(2);
const { SERVER_CA: ca = '' } = process.env;
const manager = createCredentialManager({ source: async () => ({ token: 'token-1' }) });
const { client } = bindHttps(manager, { origins: [server], proxy, tls: { ca } });
const outcome = await client.get(server).then(
  (answer) => String(answer.statusCode),
  ({ code }: { readonly code?: string }) => String(code),
);
process.stdout.write(outcome, () => process.exit());
