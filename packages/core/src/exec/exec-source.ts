import type { CredentialSource } from '../contract.js';
import type { ExecConfig } from './exec-config.js';
import { ExecLoader } from './exec-loader.js';
import { type ExecSourceOptions, makeExecSource } from './make-exec-source.js';

/**
 * Makes a credential source that runs an exec credential plugin, as kubectl does.
 *
 * Its loads throw a CredentialError with one of the codes ERR_EXEC_…, ERR_CREDENTIAL_EMPTY,
 * ERR_CREDENTIAL_CERTIFICATE or ERR_CREDENTIAL_EXPIRY. Nothing of a failed run is kept.
 * @throws {TypeError} naming the field of the config that is missing, unknown or has a nonsensical value.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function execSource(config: ExecConfig, options: ExecSourceOptions = {}): CredentialSource {
  return makeExecSource(config, options, (parts) => new ExecLoader(parts));
}
