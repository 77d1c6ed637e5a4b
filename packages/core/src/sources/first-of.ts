import type { CredentialMaterial, CredentialSource } from '../contract.js';
import { CredentialError } from '../errors.js';
import { stateOf } from '../lifecycle/credential.js';
import { materialWith } from '../lifecycle/material-with.js';
import { mayHaveAsked } from '../lifecycle/patience.js';
import { asCredentialError, nextLoadAfter } from '../lifecycle/source-failure.js';
import { quoted } from '../printable.js';
import { asSource, type SourceOrLoad } from './as-source.js';

/**
 * Returns a source that asks each of `sources` in turn and gives the first answer.
 *
 * Where none can, all are asked again when the first of them says so; nobody is, where each says that it is of no use.
 *
 * When the manager closes, the source that is being asked is the last one asked.
 * @param given sources, or functions that each do what the `load` of one does.
 * @throws {TypeError} when no source is given, or something that is none.
 * @throws {CredentialError} from `load`: ERR_SOURCES_EXHAUSTED when all fail, naming each with its code.
 */
export function firstOf(...given: readonly SourceOrLoad[]): CredentialSource {
  if (given.length === 0) throw new TypeError('firstOf takes at least one credential source.');
  const sources = given.map((each) => asSource(each, 'What firstOf takes'));
  return {
    name: `first of ${sources.map(({ name }) => name).join(', ')}`,
    async load(context) {
      const failures: Failure[] = [];
      const [owner, state] = ownedState(context.state);
      for (const [index, source] of sources.entries()) {
        try {
          const own = { ...context, state: index === owner ? state : undefined };
          return withOwner(index, await source.load(own));
        } catch (error) {
          context.signal.throwIfAborted();
          failures.push({ source, error: asCredentialError(error, source.name) });
        }
      }
      throw exhausted(failures);
    },
    isInteractive: () => sources.some((source) => source.isInteractive?.() ?? false),
    mayHaveAsked: (tookMs) => {
      const answers = sources.map((source) => mayHaveAsked(source, tookMs));
      return answers.includes(true) || (answers.includes('perhaps') && 'perhaps');
    },
  };
}

interface Failure {
  readonly source: CredentialSource;
  readonly error: CredentialError;
}

function exhausted(failures: readonly Failure[]): CredentialError {
  const names = failures.map(({ source, error }) => `${quoted(source.name)} (${error.code})`);
  // The first source that may have something again is waited for, so that one that is final or busy holds up no other.
  const waits = failures
    .map(({ error }) => nextLoadAfter(error))
    .filter(({ isFinal }) => !isFinal)
    .map(({ retryAfterMs }) => retryAfterMs);
  return new CredentialError(
    'ERR_SOURCES_EXHAUSTED',
    `No credential source could give a credential: ${names.join(', ')}.`,
    waits.length === 0 ? { isFinal: true } : { retryAfterMs: Math.min(...waits) || undefined },
  );
}

/** A state goes back to the source that it is of: it may be a secret of one service. */
function withOwner(index: number, material: CredentialMaterial): CredentialMaterial {
  const state = stateOf(material);
  return state === undefined ? material : materialWith(material, { state: `${index} ${state}` });
}

function ownedState(state: string | undefined): [owner: number, state: string | undefined] {
  const [, owner = '-1', own] = /^(\d+) (.*)$/s.exec(state ?? '') ?? [];
  return [Number(owner), own];
}
