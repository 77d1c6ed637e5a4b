import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import {
  type CredentialError,
  isCertificateRefusal,
  isCredentialError,
} from '@keyturn/core/binding';

/** How a call ends. The `cause` goes on to the error that the caller gets. */
export interface CallStatus extends StatusObject {
  readonly cause?: CredentialError;
}

export function callStatus(code: status, details: string): CallStatus {
  return { code, details, metadata: new Metadata() };
}

/**
 * Translates what kept a call from being sent. A CredentialError shows its own code in the details and is the `cause`;
 * of anything else nobody knows what it quotes.
 */
export function failureStatus(error: unknown): CallStatus {
  if (!isCredentialError(error)) {
    return callStatus(status.INTERNAL, 'The call could not be started on its channel.');
  }
  const code =
    error.code === 'ERR_CONNECTION_DRAINED' ? status.UNAVAILABLE : status.UNAUTHENTICATED;
  return { ...callStatus(code, `${error.code}: ${error.message}`), cause: error };
}

// These words are gRPC's own. What a server says about a connection behind it is not about ours.
const connectionFailure =
  /^(?:No connection established|Received RST_STREAM with code \d+ triggered by internal client error)/;

/** Tells whether the server refused the credential: by its answer, or by a TLS alert before any answer. */
export function isRefusal({ code, details }: StatusObject): boolean {
  if (code === status.UNAUTHENTICATED) return true;
  return (
    connectionFailure.test(details) && isCertificateRefusal({ code: 'EPROTO', message: details })
  );
}
