interface AbortWatch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches: WeakMap<AbortSignal, AbortWatch> = new WeakMap();

/**
 * Calls `callback` once when `signal`, which has not aborted yet, does; returns what takes it back.
 *
 * One listener on the signal serves any number of callbacks. Node warns of a leak from the eleventh listener on, and a
 * program that gives one signal to a thousand requests leaks nothing.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const watch = watches.get(signal) ?? beginWatch(signal);
  // A wrapper, so that one function given twice is called twice and each undo takes back its own.
  const call = (): void => callback();
  watch.callbacks.add(call);
  return () => {
    watch.callbacks.delete(call);
    if (watch.callbacks.size > 0 || watches.get(signal) !== watch) return;
    watches.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  };
}

function beginWatch(signal: AbortSignal): AbortWatch {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    watches.delete(signal);
    for (const call of callbacks) call();
  };
  const watch = { callbacks, listener };
  watches.set(signal, watch);
  signal.addEventListener('abort', listener, { once: true });
  return watch;
}
