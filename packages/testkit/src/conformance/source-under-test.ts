import type { CredentialSource } from '@keyturn/core';

/** A credential source, and what a scene may do to it. */
export interface SourceUnderTest {
  readonly source: CredentialSource;
  /** Everything that must not be printed: the tokens it gives, the passwords it was made with. */
  readonly secrets: readonly string[];
  /** From now on each load fails. Left out for a source that cannot fail. */
  fail?(): unknown;
  /** From now on each load succeeds again. */
  mend?(): unknown;
  /** From now on a load would take longer than anyone waits. Left out for a source that never takes long. */
  stall?(): unknown;
  /** Frees what the source needed. */
  dispose?(): unknown;
}
