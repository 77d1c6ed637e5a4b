import type { BindingUnderTest } from './binding-under-test.js';
import { supportOf } from './test-binding.js';
import { TestCertificates } from './test-certificates.js';
import { type Stage, type StageOptions, Theatre } from './theatre.js';

/**
 * Opens a server, a manager with a source, and a client that is bound to both: what a scene is played on, for the tests
 * that only one client needs. Call `close()` at the end.
 */
export async function openStage<Client>(
  adapter: BindingUnderTest<Client>,
  options: StageOptions = {},
): Promise<Stage<Client> & { close(): Promise<void> }> {
  const theatre = new Theatre({
    adapter,
    supports: supportOf(adapter),
    certificates: new TestCertificates(),
    limitMs: 8_000,
  });
  const stage = await theatre.stage(options);
  return { ...stage, close: () => theatre.close() };
}
