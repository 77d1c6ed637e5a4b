/** Bindings that ask, wait for, or report to their manager in a wrong way. */
import type { Credential, CredentialManager } from '@keyturn/core';
import { isCredentialError } from '@keyturn/core';
import { alsoFails, type WrongBinding, wrongManager } from './wrong-binding.js';

export const wrongWaits: readonly WrongBinding[] = [
  wrongManager(
    'gives up at once when refusals are too frequent',
    'sends once more with what was refused',
    (manager) => ({
      invalidate: async (credential, options) =>
        (await manager.invalidate(credential, options)) ?? credential,
    }),
  ),
  wrongManager(
    'starts nothing for the late refusal of an older token',
    'refreshes for a refusal of what is no longer current',
    (manager) => ({
      invalidate: (credential, options) =>
        manager.stats().generation > credential.generation
          ? manager.refresh(options)
          : manager.invalidate(credential, options),
    }),
  ),
  wrongManager(
    'hands the refused answer to the source',
    'says that it was refused and not how',
    (manager) => ({
      invalidate: (credential, { signal } = {}) => manager.invalidate(credential, { signal }),
    }),
  ),
  wrongManager(
    'shares one load between 100 first requests',
    'loads again for every tenth that waits for the first credential',
    (manager) => loadForEveryTenth(manager, () => manager.stats().generation === 0),
  ),
  wrongManager(
    'shares one load between 100 requests at an expired credential',
    'loads again for every tenth that waits after expiry',
    (manager) => loadForEveryTenth(manager, () => manager.stats().generation > 0),
  ),
  wrongManager(
    'shares one load between 50 simultaneous refusals, and no caller sees one',
    'lets only the first that is refused wait',
    letOnlyFirstWait,
  ),
  wrongManager(
    'lets no request wait while the credential is due',
    'waits for a load that runs in the background',
    (manager) => ({
      peek: () => {
        const held = manager.peek();
        return isLoading(manager) ? undefined : held;
      },
      current: (options) =>
        isLoading(manager) ? manager.refresh(options) : manager.current(options),
    }),
  ),
  wrongManager(
    'lets a source failure through with its code',
    'wraps the failure of a plugin in an error of its own',
    (manager) => ({
      current: (options) =>
        manager.current(options).catch((error: unknown) => {
          const isPlugins = isCredentialError(error) && error.code.startsWith('ERR_EXEC');
          throw isPlugins ? new Error('No credential for this request.') : error;
        }),
    }),
  ),
  wrongManager(
    'succeeds with the next request after a source failure',
    'never recovers from a failure',
    rememberFailure,
  ),
  alsoFails(
    wrongManager(
      "honours one caller's abort while waiting, and another on the same load succeeds",
      'lets the first caller abort for all that wait',
      waitTogether,
    ),
    'fails a source that asks through its own client, and waits for nothing',
  ),
  wrongManager(
    "honours the caller's abort while the next token is on its way",
    'waits for the next token whether the caller does or not',
    (manager) => ({
      invalidate: (credential, { response } = {}) => manager.invalidate(credential, { response }),
    }),
  ),
  wrongManager(
    'takes the TLS alert that refuses a certificate for a refusal',
    'takes only a 401 for a refusal',
    (manager) => ({
      invalidate: async (credential, options = {}) =>
        options.response === undefined ? undefined : manager.invalidate(credential, options),
    }),
  ),
];

function isLoading(manager: CredentialManager): boolean {
  const { runs, failures, generation } = manager.stats();
  return runs > failures + generation;
}

function loadForEveryTenth(
  manager: CredentialManager,
  applies: () => boolean,
): Pick<CredentialManager, 'current'> {
  let waiting = 0;
  return {
    current: async (options) => {
      waiting += 1;
      const again = waiting % 10 === 0 && applies();
      const credential = await manager.current(options).finally(() => {
        waiting -= 1;
      });
      return again ? manager.refresh(options) : credential;
    },
  };
}

function letOnlyFirstWait(manager: CredentialManager): Pick<CredentialManager, 'invalidate'> {
  let reporting = false;
  return {
    invalidate: async (credential, options) => {
      const answer = manager.invalidate(credential, options);
      if (reporting) {
        answer.catch(() => {});
        return undefined;
      }
      reporting = true;
      return answer.finally(() => {
        reporting = false;
      });
    },
  };
}

function rememberFailure(manager: CredentialManager): Pick<CredentialManager, 'current'> {
  let failure: unknown;
  return {
    current: async (options) => {
      if (failure !== undefined) throw failure;
      return manager.current(options).catch((error: unknown) => {
        if (!options?.signal?.aborted) failure = error;
        throw error;
      });
    },
  };
}

function waitTogether(manager: CredentialManager): Pick<CredentialManager, 'current'> {
  let flight: Promise<Credential> | undefined;
  return {
    current: (options) => {
      flight ??= manager.current(options).finally(() => {
        flight = undefined;
      });
      return flight;
    },
  };
}
