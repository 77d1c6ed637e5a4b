import type { CredentialStore } from '@keyturn/core';

/** A store of credentials, and what a scene may do to it. */
export interface StoreUnderTest {
  /** Opens it as another process would: with the same records, and nothing else in common. Called several times for each scene. */
  open(): CredentialStore | Promise<CredentialStore>;
  /** Lets time pass by which leases are judged. Milliseconds. Default: waits for as long. */
  pass?(ms: number): unknown;
  /** How long leases last in the scenes. Milliseconds, default 300: long enough for a call, and short enough to be waited for. */
  readonly leaseMs?: number | undefined;
  /** Frees what the store needed. */
  dispose?(): unknown;
}
