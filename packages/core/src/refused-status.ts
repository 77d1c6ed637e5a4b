/** The statuses that refuse a credential where nobody says otherwise. */
const defaultRefusedStatuses: readonly number[] = Object.freeze([401]);

/**
 * Tells whether an answer with this HTTP status refuses the credential. Without an option of the caller's that is 401 alone: a
 * 403 knows who is asking and says no, which another credential of the same user does not change.
 *
 * Every binding asks here, so that what counts as a refusal is decided once. gRPC has statuses of its own, see its
 * `call-status.ts`.
 * @param refusedStatuses those of the checked options
 */
export function isRefusedStatus(
  status: number | undefined,
  refusedStatuses: readonly number[],
): boolean {
  return status !== undefined && refusedStatuses.includes(status);
}

/**
 * Returns the statuses of the option, as they are now.
 * @throws {TypeError} when it is no list of whole numbers from 400 to 599.
 */
export function checkRefusedStatuses(given: unknown): readonly number[] {
  if (given === undefined) return defaultRefusedStatuses;
  // A copy by index has no holes, and is read once.
  const statuses: unknown[] = Array.isArray(given) ? Array.from(given) : [undefined];
  if (statuses.every(isErrorStatus)) return Object.freeze(statuses);
  throw new TypeError(
    'Option "refusedStatuses" must be a list of HTTP statuses from 400 to 599, such as [401, 403].',
  );
}

function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}
