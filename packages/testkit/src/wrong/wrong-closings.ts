/** Bindings that do wrong when their manager closes, or let a source wait for itself. */
import { AsyncResource } from 'node:async_hooks';
import type { CredentialManager } from '@keyturn/core';
import { type DrainingAgent, ReferenceClient } from '../conformance/reference-client.js';
import { type WrongBinding, wrongClient, wrongManager } from './wrong-binding.js';

export const wrongClosings: readonly WrongBinding[] = [
  wrongClient(
    'finishes a request in flight when the manager closes',
    'cuts what is in flight when the manager closes',
    class extends ReferenceClient {
      protected override closed(agent: DrainingAgent): void {
        agent.destroy();
      }
    },
  ),
  wrongClient(
    'closes its idle connections when the manager closes',
    'leaves idle connections open when the manager closes',
    class extends ReferenceClient {
      protected override closed(agent: DrainingAgent): void {
        agent.isDraining = true;
      }
    },
  ),
  wrongManager(
    'fails a source that asks through its own client, and waits for nothing',
    'asks for the first credential from a queue that began before the load did',
    (manager) => askFromQueue(manager, ({ generation }) => generation === 0),
  ),
  wrongManager(
    'fails a source that asks through its own client behind a refused token',
    'asks for later credentials from a queue that began before the load did',
    (manager) => askFromQueue(manager, ({ generation }) => generation > 0),
  ),
];

/** In the queue nobody knows who has asked. */
function askFromQueue(
  manager: CredentialManager,
  applies: (stats: ReturnType<CredentialManager['stats']>) => boolean,
): Pick<CredentialManager, 'current'> {
  const queue = new AsyncResource('queue');
  return {
    current: (options) =>
      applies(manager.stats())
        ? queue.runInAsyncScope(() => manager.current(options))
        : manager.current(options),
  };
}
