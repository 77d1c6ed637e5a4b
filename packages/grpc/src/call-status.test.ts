import { status } from '@grpc/grpc-js';
import { CredentialError } from '@keyturn/core';
import { expect, it } from 'vitest';
import { callStatus, failureStatus, isRefusal } from './call-status.js';

const alert = 'write EPROTO: SSL routines:ssl3_read_bytes:tlsv13 alert certificate required';

it.each([
  [status.UNAUTHENTICATED, 'whatever it says'],
  [status.UNAVAILABLE, `No connection established. Last error: ${alert}`],
  [
    status.UNAVAILABLE,
    `Received RST_STREAM with code 2 triggered by internal client error: ${alert}`,
  ],
  [
    status.UNAVAILABLE,
    `Received RST_STREAM with code 12 triggered by internal client error: ${alert}`,
  ],
])('takes %i for a refusal where gRPC says "%s"', (code, details) => {
  expect(isRefusal(callStatus(code, details))).toBe(true);
});

it.each([
  [status.PERMISSION_DENIED, 'not yours'],
  [status.UNAVAILABLE, 'No connection established. Last error: connect ECONNREFUSED'],
  [status.UNAVAILABLE, `The server behind me says: No connection established. ${alert}`],
  [status.UNAVAILABLE, alert],
])('takes %i for none where gRPC says "%s"', (code, details) => {
  expect(isRefusal(callStatus(code, details))).toBe(false);
});

it('shows the code of a failure of ours, and nothing of any other', () => {
  const drained = new CredentialError('ERR_CONNECTION_DRAINED', 'Too late.');
  const failed = new CredentialError('ERR_SOURCE_FAILED', 'No.');
  expect(failureStatus(drained)).toMatchObject({
    code: status.UNAVAILABLE,
    details: 'ERR_CONNECTION_DRAINED: Too late.',
    cause: drained,
  });
  expect(failureStatus(failed)).toMatchObject({ code: status.UNAUTHENTICATED, cause: failed });
  const other = failureStatus(new Error('s3cret'));
  expect(other).toMatchObject({
    code: status.INTERNAL,
    details: 'The call could not be started on its channel.',
  });
  expect(other).not.toHaveProperty('cause');
});
