import type { ExecConfig } from '@keyturn/core/exec';
import type { Target } from '../throughput/measured-client.js';

/** Where the credential comes from: it is known, or a plugin has to say it. */
export type Origin = 'static' | 'plugin';

export interface RequestTarget extends Target {
  /** Prints token and certificate of this target. */
  readonly plugin: ExecConfig;
}

export const path = '/api/v1/namespaces';

const targetVariable = 'KEYTURN_BENCH_TARGET';

/** Holds what the plugin prints. */
export const answerVariable = 'KEYTURN_BENCH_ANSWER';

/** Tells a program by its environment, which costs it nothing to read. */
export const requestEnvironment = (
  target: RequestTarget,
  answer: string,
): Record<string, string> => ({
  [targetVariable]: JSON.stringify(target),
  [answerVariable]: answer,
});

/** What this program was told. */
export const readTarget = (): RequestTarget => JSON.parse(process.env[targetVariable] ?? '');

/** The first argument of this program. */
export const readOrigin = (): Origin => process.argv[2] as Origin;
