import type { CredentialMaterial } from '@keyturn/core';
import type { BindingUnderTest } from './binding-under-test.js';
import { supportOf } from './test-binding.js';
import { TestCertificates } from './test-certificates.js';
import { type Stage, type StageOptions, Theatre } from './theatre.js';

export interface OpenStage<Client> extends Stage<Client> {
  /** For `source.change`: a certificate for `client-1` with the first load, for `client-2` with the second … */
  certificateFor(run: number): Promise<CredentialMaterial>;
  /** Closes all that was opened. */
  close(): Promise<void>;
}

/**
 * Opens a server, a manager with a source, and a client that is bound to both: what a scene is played on, for the tests
 * that only one client needs. Call `close()` at the end.
 */
export async function openStage<Client>(
  adapter: BindingUnderTest<Client>,
  options: StageOptions = {},
): Promise<OpenStage<Client>> {
  const theatre = new Theatre({
    adapter,
    supports: supportOf(adapter),
    certificates: new TestCertificates(),
    limitMs: 8_000,
  });
  const stage = await theatre.stage(options);
  const { certificateFor } = theatre;
  return { ...stage, certificateFor, close: () => theatre.close() };
}
