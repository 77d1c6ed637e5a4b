import type { CredentialSource } from '../contract.js';
import type { ExecConfig } from './exec-config.js';
import type { ExecLoader, ExecLoaderParts } from './exec-loader.js';
import { type ExecSourceOptions, makeExecSource } from './make-exec-source.js';

/**
 * Does what `execSource` does, and reads all that runs plugins when the source is made: a program that makes none never does.
 * @throws {TypeError} as `execSource` does.
 */
export function lateExecSource(config: ExecConfig, options: ExecSourceOptions): CredentialSource {
  return makeExecSource(config, options, readLoader);
}

function readLoader(parts: ExecLoaderParts): Promise<ExecLoader> {
  const loader = import('./late-exec-loader.js').then(({ ExecLoader }) => new ExecLoader(parts));
  // Whoever loads is told.
  loader.catch(() => {});
  return loader;
}
