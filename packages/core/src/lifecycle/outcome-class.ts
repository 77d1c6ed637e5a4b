import type { CredentialErrorCode } from '../errors.js';

/**
 * What came of a load, in few words that stay the same, for counting. Those that client-go counts by have its names;
 * it has none for an answer that cannot be used, a run that the policy stops, and a person who is not there.
 */
export type OutcomeClass =
  | 'success'
  | 'plugin_execution_error'
  | 'plugin_not_found_error'
  | 'decode_error'
  | 'policy_denied'
  | 'interactive_unavailable'
  | 'client_internal_error';

const classes: Readonly<Partial<Record<CredentialErrorCode, OutcomeClass>>> = {
  ERR_EXEC_EXIT: 'plugin_execution_error',
  ERR_EXEC_SIGNAL: 'plugin_execution_error',
  ERR_EXEC_TIMEOUT: 'plugin_execution_error',
  ERR_EXEC_OUTPUT_LIMIT: 'plugin_execution_error',
  ERR_EXEC_NOT_FOUND: 'plugin_not_found_error',
  // As in client-go, which counts every error about the path of a plugin as "not found".
  ERR_EXEC_NOT_EXECUTABLE: 'plugin_not_found_error',
  ERR_EXEC_OUTPUT: 'decode_error',
  ERR_EXEC_VERSION: 'decode_error',
  ERR_CREDENTIAL_EMPTY: 'decode_error',
  ERR_CREDENTIAL_TOKEN: 'decode_error',
  ERR_CREDENTIAL_CERTIFICATE: 'decode_error',
  ERR_CREDENTIAL_KEY_MISMATCH: 'decode_error',
  ERR_CREDENTIAL_EXPIRY: 'decode_error',
  ERR_EXEC_POLICY: 'policy_denied',
  ERR_EXEC_INTERACTIVE: 'interactive_unavailable',
};

/** Returns the class of a failure with this code; `client_internal_error` for all that is not about a plugin. */
export function outcomeClassOf(code: CredentialErrorCode): OutcomeClass {
  return classes[code] ?? 'client_internal_error';
}
