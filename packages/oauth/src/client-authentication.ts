import type { ClientAuth } from 'oauth4webapi';
import { ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
import type { CheckedOptions } from './options.js';
import { type Attempt, readSecret } from './secret-text.js';
import { signedAssertion } from './signed-assertion.js';
import type { TokenServer } from './token-server.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Says who is asking, with what the program was given for it: a secret, an assertion of somebody else's, a key to sign one with, or nothing
 * but a name, where the connection says the rest or there is nothing to prove.
 * @throws {CredentialError} as `readSecret`
 */
export async function clientAuthentication(
  options: CheckedOptions,
  server: TokenServer,
  attempt: Attempt,
): Promise<ClientAuth> {
  const { clientId, clientSecret, clientAssertion, privateKey } = options;
  if (clientSecret !== undefined) {
    const secret = await readSecret('clientSecret', clientSecret, attempt);
    const method = options.clientSecretMethod ?? server.secretMethod;
    return method === 'post' ? ClientSecretPost(secret) : ClientSecretBasic(secret);
  }
  const assertion =
    clientAssertion ??
    (privateKey &&
      signedAssertion({
        ...privateKey,
        issuer: clientId ?? '',
        audience: options.assertionAudience ?? server.issuer,
      }));
  if (assertion === undefined) return clientId === undefined ? () => {} : None();
  const text = await readSecret('clientAssertion', assertion, attempt);
  return (_server, _client, body) => {
    if (clientId !== undefined) body.set('client_id', clientId);
    body.set('client_assertion_type', assertionType);
    body.set('client_assertion', text);
  };
}
