import { isBroken } from '@keyturn/https';

/** A request of got, as far as it is a stream that is written to. */
interface Upload {
  emit?(event: string, ...details: readonly unknown[]): boolean;
}

/**
 * Has `request`, another of which takes its place, not fail any more because its upload breaks: a server that refuses early
 * reads no more of a long body. got lets go of it a moment later, and would reject with that meanwhile.
 */
export function ignoreBrokenUpload(request: object): void {
  const upload: Upload = request;
  const emit = upload.emit?.bind(request);
  if (emit === undefined) return;
  upload.emit = (event, ...details) =>
    event === 'error' && isRaw(details[0]) && isBroken(details[0]) ? true : emit(event, ...details);
}

/** What got itself says of a request has its options with it. */
function isRaw(error: unknown): boolean {
  return !Object.hasOwn((error ?? {}) as object, 'options');
}
