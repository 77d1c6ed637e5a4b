import type { Binding, BindOptions, CredentialManager } from '@keyturn/core';
import { checkBindOptions, type OptionUse, originScope } from '@keyturn/core/binding';
import type { BindingSetup, BindingUnderTest } from './binding-under-test.js';
import { ReferenceCache, type ReferenceStore } from './reference-cache.js';
import { type ReferenceAnswer, ReferenceClient, type ReferenceParts } from './reference-client.js';

const optionUse: OptionUse<BindOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
};

/** Binds the reference client, or one that is made of it. */
export function bindReference(
  manager: CredentialManager,
  setup: BindingSetup,
  make: (parts: ReferenceParts) => ReferenceClient = (parts) => new ReferenceClient(parts),
): Binding<ReferenceClient> {
  const { url, maxSockets: _, ...options } = setup;
  const { replay, refusedStatuses } = checkBindOptions('bindReference', options, optionUse);
  const client = make({ manager, setup, refusedStatuses, scope: originScope(options, url) });
  return {
    client,
    supports: { token: true, clientCertificate: true, replay },
    unbind: () => client.unbind(),
  };
}

/** A binding that keeps every promise, for the suite to be tested with. */
export const referenceBinding: BindingUnderTest<ReferenceClient> = {
  name: 'the reference binding',
  bind: (manager, setup) => bindReference(manager, setup),
  send: async (client, request) => sceneAnswer(await client.send(request)),
  watch: (client, onAnswer) => {
    client.onAnswer(onAnswer);
    return client;
  },
  sendWithRetry: async (client, request, beforeRetry) =>
    sceneAnswer(await client.send(request, beforeRetry)),
  shareCache: () => shareCache(ReferenceCache),
};

/** Makes a store, and returns what binds clients of this class that share it. */
export function shareCache(
  Client: new (parts: ReferenceParts, store: ReferenceStore) => ReferenceCache,
): BindingUnderTest<ReferenceClient>['bind'] {
  const store: ReferenceStore = new Map();
  return (manager, setup) => bindReference(manager, setup, (parts) => new Client(parts, store));
}

function sceneAnswer(answer: ReferenceAnswer): ReferenceAnswer & { readonly answer: unknown } {
  return { ...answer, answer };
}
