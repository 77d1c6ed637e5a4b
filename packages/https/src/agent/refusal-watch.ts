import { errorMonitor } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  type Credential,
  type CredentialManager,
  isCertificateRefusal,
  isRefusedStatus,
  type Refusal,
} from '@keyturn/core/binding';

/**
 * Reports to the manager when the server refuses `request`, so that the next one carries a new credential.
 * The request itself is not sent again and its caller sees what it would have seen without us.
 *
 * client-go does the same: it refreshes after a 401 and returns that 401.
 */
export function watchForRefusal(
  request: ClientRequest,
  credential: Credential,
  manager: CredentialManager,
  refusedStatuses: readonly number[],
): void {
  const report = (response?: Refusal): void => {
    manager.invalidate(credential, { response }).catch(() => {});
  };
  // First in the row: afterwards the listeners that were added with `once` could no longer be counted.
  request.prependListener('response', (response: IncomingMessage) => {
    if (isRefusedStatus(response.statusCode, refusedStatuses)) report(refusalOf(response));
    // Node drops an answer that nobody listens for. Our own listening must not change that.
    if (request.listenerCount('response') === 1) response.resume();
  });
  request.on(errorMonitor, (error) => {
    if (isCertificateRefusal(error)) report();
  });
}

/**
 * Translates an answer for the sources that want to see what the server said.
 *
 * From the raw lines: on Node 20 `headersDistinct` is empty in the whole process once anything has read that getter of the
 * prototype itself, as a printer of everything does.
 */
export function refusalOf({ statusCode = 0, rawHeaders }: IncomingMessage): Refusal {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = String(rawHeaders[index]).toLowerCase();
    const values = headers.get(name) ?? [];
    headers.set(name, [...values, String(rawHeaders[index + 1])]);
  }
  return { status: statusCode, headers: Object.fromEntries(headers) };
}
