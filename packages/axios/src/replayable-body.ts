import { isRereadableForm } from '@keyturn/core/binding';

/**
 * Tells whether an adapter can send `data` a second time, whole. Asked about what `transformRequest` has made.
 *
 * A stream and a `FormData` of the form-data package are empty after the first time; everything unknown is taken
 * for one of these, because half a body is worse than a refusal.
 */
export function isReplayableBody(data: unknown): boolean {
  if (data === undefined || data === null || typeof data === 'string') return true;
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return true;
  // Not instanceof: a FormData or Blob may come from another copy of undici.
  const kind = Object.prototype.toString.call(data);
  if (kind === '[object Blob]' || kind === '[object File]') return true;
  if (kind === '[object URLSearchParams]') return true;
  return isRereadableForm(data);
}
