import type { Credential } from '@keyturn/core/binding';
import { IdentifiedAnswer, withIdentity, withoutIdentity } from './cached-answers.js';
import type { DispatcherLike, DispatchOptions, ModernHandler } from './handler-shape.js';

/** Who asks: with our credential, with an Authorization of the caller's own, or within the scope and without either. */
export type Who = Credential | 'theirs' | 'nobody';

/** Dispatches through interceptors. */
export type ComposedDispatch = (
  options: DispatchOptions,
  handler: ModernHandler,
  who: Who | undefined,
) => boolean;

/** As undici has it; `never`, so that those of any version fit. */
export type Interceptor = (dispatch: never) => unknown;

type Dispatch = (options: DispatchOptions, handler: ModernHandler) => unknown;

/**
 * Puts `interceptors` before `dispatcher`, the first one next to it, as undici's `compose()` does.
 * @param identityOf names who asks: a cache keeps answers for each name
 */
export function composeDispatch(
  dispatcher: DispatcherLike,
  interceptors: readonly Interceptor[],
  identityOf: (who: Who) => string,
): ComposedDispatch {
  const innermost: Dispatch = (options, handler) => {
    const { sent, isIdentified } = withoutIdentity(options);
    const reader = isIdentified ? new IdentifiedAnswer(handler) : handler;
    return dispatcher.dispatch(sent as never, reader as never);
  };
  const composed = interceptors.reduce<Dispatch>(
    (dispatch, interceptor) => intercept(interceptor, dispatch),
    innermost,
  );
  return (options, handler, who) => {
    const named = who === undefined ? options : withIdentity(options, identityOf(who));
    // One that waits, such as a cache whose store is elsewhere, returns a promise or nothing.
    return composed(named, handler) !== false;
  };
}

function intercept(interceptor: Interceptor, dispatch: Dispatch): Dispatch {
  const next = interceptor(dispatch as never);
  if (typeof next === 'function') return next as Dispatch;
  throw new TypeError('Option "interceptors" must hold functions that return a dispatch function.');
}

/** @throws {TypeError} where `interceptors` are no list of functions. */
export function checkInterceptors(interceptors: unknown): readonly Interceptor[] {
  if (interceptors === undefined) return [];
  if (Array.isArray(interceptors) && interceptors.every((each) => typeof each === 'function')) {
    return [...interceptors];
  }
  throw new TypeError(
    'Option "interceptors" must be an array of functions, such as undici\'s interceptors.cache().',
  );
}
