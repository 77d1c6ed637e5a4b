/** Of axios-cache-interceptor: the key under which the answer to a request is kept. */
type GenerateKey = (request: unknown, meta?: unknown) => string | number;

/**
 * Has a cache above `client` keep the answers of each identity apart. It asks before our interceptor or behind it, and its
 * store may be shared, so its keys are the one place where this holds: axios-cache-interceptor takes them from
 * `client.generateKey`, which it sets when it is set up, before or after the binding.
 * @returns what undoes it
 */
export function identifyCacheKeys(client: object, identity: () => string): () => void {
  let theirs = Reflect.get(client, 'generateKey') as GenerateKey | undefined;
  const ours: GenerateKey = (request, meta) => {
    const [key, who] = [String(theirs?.(request, meta)), `${identity()}:`];
    // A request that is sent again brings the key that it had.
    return key.startsWith(who) ? key : who + key;
  };
  Object.defineProperty(client, 'generateKey', {
    get: () => (theirs === undefined ? undefined : ours),
    set: (next: GenerateKey | undefined) => {
      theirs = next;
    },
    configurable: true,
  });
  return () => {
    Reflect.deleteProperty(client, 'generateKey');
    if (theirs !== undefined) Reflect.set(client, 'generateKey', theirs);
  };
}
