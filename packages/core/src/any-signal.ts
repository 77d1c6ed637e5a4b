// Node 20 lets the garbage collector take a signal that only `AbortSignal.any` still refers to: a timeout given as
// `AbortSignal.timeout(…)` would then never come. Here the combined signal keeps what it is made of.
const parts: WeakMap<AbortSignal, readonly AbortSignal[]> = new WeakMap();

/** Returns a signal that aborts with the first of `signals`, as `AbortSignal.any` does, and on every Node. */
export function anySignal(signals: readonly AbortSignal[]): AbortSignal {
  const combined = AbortSignal.any([...signals]);
  parts.set(combined, signals);
  return combined;
}
