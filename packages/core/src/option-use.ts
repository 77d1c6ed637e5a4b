import type { BindOptions } from './contract.js';

/** Says of an option that a binding cannot honour it, and why: the reason stands in the message. */
export interface RefusedOption {
  readonly refusedBecause: string;
}

/**
 * What a binding does with each option that it can be given: the common ones, all of them, and its own. A new member of
 * BindOptions is a compile error in every binding until it says here whether it honours it.
 */
export type OptionUse<Options extends object = BindOptions> = Readonly<
  Record<keyof BindOptions | keyof Options, 'taken' | RefusedOption>
>;

/** For a binding that does not say: what `originScope` and `withCredential` carry, and its author has to. */
export const commonUse: OptionUse = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: {
    refusedBecause:
      'it makes its connections in its own way. Tell its client which proxy to use, and leave the option out',
  },
  refusedStatuses: 'taken',
};

/**
 * Refuses what a binding would silently ignore. An option that is undefined or false asks for nothing.
 * @throws {TypeError} naming the first such option and the reason.
 */
export function refuseOptions(caller: string, options: object, use: OptionUse): void {
  for (const [name, value] of Object.entries(options)) {
    const how = use[name as keyof OptionUse];
    if (typeof how !== 'object' || value === undefined || value === false) continue;
    throw new TypeError(`${caller} cannot honour option "${name}": ${how.refusedBecause}.`);
  }
}
