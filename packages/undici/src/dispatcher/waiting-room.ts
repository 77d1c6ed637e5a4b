/** Holds whoever waits, and tells when nobody does any more. */
export class WaitingRoom<Guest> implements Iterable<Guest> {
  readonly #guests = new Set<Guest>();
  #onEmpty: (() => void)[] = [];

  add(guest: Guest): void {
    this.#guests.add(guest);
  }

  /** Lets go of `guest`, whether it waits or not. */
  delete(guest: Guest): void {
    if (!this.#guests.delete(guest) || this.#guests.size > 0) return;
    const listeners = this.#onEmpty;
    this.#onEmpty = [];
    for (const listener of listeners) listener();
  }

  /** Resolves as soon as nobody waits. */
  async empty(): Promise<void> {
    if (this.#guests.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** Those who wait now; they may leave meanwhile. */
  [Symbol.iterator](): Iterator<Guest> {
    return [...this.#guests].values();
  }
}
