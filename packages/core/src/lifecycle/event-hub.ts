import type { CredentialEvents } from '../contract.js';
import { quoted } from '../printable.js';

type Listeners = { [Name in keyof CredentialEvents]: Set<(event: CredentialEvents[Name]) => void> };

/** Delivers the events of a manager. */
export class EventHub {
  readonly #listeners: Listeners = {
    rotated: new Set(),
    refreshFailed: new Set(),
    closed: new Set(),
  };

  /** @throws {TypeError} when there is no event of that name. */
  on<Name extends keyof CredentialEvents>(
    name: Name,
    listener: (event: CredentialEvents[Name]) => void,
  ): () => void {
    const listeners = Object.hasOwn(this.#listeners, name) ? this.#listeners[name] : undefined;
    if (listeners === undefined) {
      throw new TypeError(
        `There is no event ${quoted(String(name))}; there are "rotated", "refreshFailed" and "closed".`,
      );
    }
    if (typeof listener !== 'function') {
      throw new TypeError(`The listener of "${name}" must be a function.`);
    }
    // A wrapper, so that one function registered twice is called twice and each undo takes back its own.
    const call = (event: CredentialEvents[Name]): void => listener(event);
    listeners.add(call);
    return () => listeners.delete(call);
  }

  emit<Name extends keyof CredentialEvents>(name: Name, event: CredentialEvents[Name]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(event);
      } catch (error) {
        // A listener's mistake is the program's, as with EventTarget; it must not break the rotation.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }
}
