/**
 * Tells whether an answer with this HTTP status refuses the credential: 401 alone. A 403 knows who is asking and says no,
 * which another credential of the same user does not change.
 *
 * Every binding asks here, so that what counts as a refusal is decided once. gRPC has statuses of its own, see its
 * `call-status.ts`.
 */
export function isRefusedStatus(status: number | undefined): boolean {
  return status === 401;
}
