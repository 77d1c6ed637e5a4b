import type { Seated } from '@keyturn/core/binding';

/** A request that is under way. */
export interface User extends Seated {
  /** Ends it, whatever it waits for. */
  abort(reason: Error): void;
  /** Ends it where somebody reads its answer. */
  cut(reason: Error): void;
}
