import type { CredentialMaterial, CredentialSource, LoadContext } from '@keyturn/core';

/** One load that a test answers when it likes. */
export interface ControlledLoad {
  readonly context: LoadContext;
  succeed(material: CredentialMaterial): void;
  fail(error: unknown): void;
}

/** A credential source whose every load waits for the test. */
export interface ControlledSource extends CredentialSource {
  /** Every load so far, the oldest first. */
  readonly loads: readonly ControlledLoad[];
  /** Resolves with the next load that has not been handed out yet; waits for it where it has not begun. */
  nextLoad(): Promise<ControlledLoad>;
}

/** Makes a source that a test answers by hand, load by load. */
export function controlledSource(name: string = 'controlled'): ControlledSource {
  const loads: ControlledLoad[] = [];
  const waiting: ((load: ControlledLoad) => void)[] = [];
  let handedOut = 0;
  return {
    name,
    loads,
    load: (context) =>
      new Promise((succeed, fail) => {
        const load: ControlledLoad = { context, succeed, fail };
        loads.push(load);
        const next = waiting.shift();
        if (next === undefined) return;
        handedOut += 1;
        next(load);
      }),
    nextLoad: () => {
      const load = loads[handedOut];
      if (load === undefined) return new Promise((resolve) => waiting.push(resolve));
      handedOut += 1;
      return Promise.resolve(load);
    },
  };
}
