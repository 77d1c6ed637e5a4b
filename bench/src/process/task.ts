import type { ExecConfig } from '@keyturn/core/exec';

/** What a program of this section is told by its environment, which costs it nothing to read. */
export interface Task {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Prints an ExecCredential. */
  readonly plugin: ExecConfig & { readonly args: readonly string[] };
}

export const taskVariable = 'KEYTURN_BENCH_TASK';
export const path = '/api/v1/namespaces';

/** What this program was told. */
export const readTask = (): Task => JSON.parse(process.env[taskVariable] ?? '');
