import path from 'node:path';

/**
 * Returns `file` as an absolute path: where it is relative, it begins at `directory`, the folder of the kubeconfig that
 * names it. That is the one rule, for certificates, tokens and commands alike; nothing expands `~` or variables, and
 * kubectl does not either.
 */
export function pathFrom(
  directory: string,
  file: string,
  platform: NodeJS.Platform = process.platform,
): string {
  return (platform === 'win32' ? path.win32 : path.posix).resolve(directory, file);
}
