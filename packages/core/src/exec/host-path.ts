import path from 'node:path';
import { nodeFs } from './node-fs.js';

export interface HostPathOptions {
  /** Default: PATH of this process. What the config adds to the plugin's environment plays no part, as in client-go. */
  readonly searchPath?: string | undefined;
  /** Where a command that is a relative path starts. Default: the working directory of this process. */
  readonly cwd?: string | undefined;
  readonly platform?: NodeJS.Platform | undefined;
}

/** Tells whether `command` is a path. On Windows both separators count; client-go overlooks the forward slash there. */
export function isPath(command: string, platform: NodeJS.Platform = process.platform): boolean {
  return command.includes('/') || (platform === 'win32' && command.includes('\\'));
}

/**
 * Removes `.`, `..` and doubled separators from a command, and keeps a path a path: `./x` stays `./x`.
 * client-go (since 1.35) makes `x` of it and then looks that up on PATH.
 */
export function cleanCommand(
  command: string,
  platform: NodeJS.Platform = process.platform,
): string {
  if (!isPath(command, platform)) return command;
  const { normalize, sep } = platform === 'win32' ? path.win32 : path.posix;
  const normal = normalize(command);
  const cleaned =
    normal.length > 1 && normal.endsWith(sep) && !normal.endsWith(`:${sep}`)
      ? normal.slice(0, -1)
      : normal;
  return isPath(cleaned, platform) ? cleaned : `.${sep}${cleaned}`;
}

/**
 * Finds the program that `command` names: itself when it is a path, else the first hit on the host's PATH.
 *
 * Returns undefined when there is none, and also when the first hit lies in a relative directory of PATH (`.`, or an
 * empty entry): whoever can write into the current directory would choose the program. Go refuses that too.
 */
export function findProgram(command: string, options: HostPathOptions = {}): string | undefined {
  const platform = options.platform ?? process.platform;
  const { join, isAbsolute, delimiter } = platform === 'win32' ? path.win32 : path.posix;
  if (isPath(command, platform)) {
    return isProgram(command, platform, options.cwd) ? command : undefined;
  }
  const searchPath = options.searchPath ?? process.env['PATH'] ?? '';
  for (const directory of searchPath === '' ? [] : searchPath.split(delimiter)) {
    for (const extension of extensions(command, platform)) {
      const file = join(directory, command + extension);
      if (isProgram(file, platform)) return isAbsolute(file) ? file : undefined;
    }
  }
  return undefined;
}

// The runner would look in the current directory of Windows first, so the search is ours there as well.
function extensions(command: string, platform: NodeJS.Platform): readonly string[] {
  if (platform !== 'win32') return [''];
  const known = (process.env['PATHEXT'] || '.COM;.EXE;.BAT;.CMD').split(';');
  return command.includes('.') ? ['', ...known] : known;
}

function isProgram(file: string, platform: NodeJS.Platform, cwd?: string): boolean {
  try {
    const place = cwd === undefined ? file : path.resolve(cwd, file);
    // Most entries of PATH have no such file, and making an error for each takes longer than looking.
    if (!nodeFs().statSync(place, { throwIfNoEntry: false })?.isFile()) return false;
    if (platform !== 'win32') nodeFs().accessSync(place, nodeFs().constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
