import type { LoadClient } from './load-client.js';
import type { Complaint } from './verdict.js';

/** A client that rotates its certificate the way it is often done, and what a load finds wrong with it. */
export interface WrongClient extends LoadClient {
  readonly finds: Complaint;
}

/** For the parts of a client that a load does not use. */
export async function* followNothing(): AsyncGenerator<string> {}
