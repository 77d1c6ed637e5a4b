import { vi } from 'vitest';

/**
 * Lets undici keep the TLS sessions of this test. It refers to them weakly: after a garbage collection, which may come at
 * any time, it has none to resume.
 */
export function keepTlsSessions(): void {
  vi.stubGlobal(
    'WeakRef',
    class<T> {
      readonly #target: T;

      constructor(target: T) {
        this.#target = target;
      }

      deref(): T {
        return this.#target;
      }
    },
  );
}
