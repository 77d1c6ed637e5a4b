/**
 * Tells whether `body` can be sent a second time, whole, from the same value.
 *
 * A stream is empty after the first time; everything unknown is taken for one, because half a body is worse than a
 * refusal.
 */
export function isReplayableBody(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true;
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) return true;
  // Not instanceof: a FormData or Blob may come from another copy of undici.
  const kind = Object.prototype.toString.call(body);
  return (
    kind === '[object FormData]' ||
    kind === '[object Blob]' ||
    kind === '[object File]' ||
    kind === '[object URLSearchParams]'
  );
}
