import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home directory, or an empty string. */
  readonly home: string;
}

/**
 * Returns where programs of this user keep what is to survive a restart and is nobody else's: XDG_STATE_HOME, or its default, on Linux
 * and other Unixes; Application Support on macOS; LOCALAPPDATA, which does not roam, on Windows.
 * @throws {TypeError} where the user has no home.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function defaultDirectory(surroundings: Surroundings = here()): string {
  const base = baseOf(surroundings);
  if (base === undefined) {
    throw new TypeError(
      'fileStore finds no home directory of this user. Give it a "directory" of the user\'s own.',
    );
  }
  const { join } = surroundings.platform === 'win32' ? win32 : posix;
  return join(base, 'keyturn', 'credentials');
}

function baseOf({ platform, env, home }: Surroundings): string | undefined {
  const inHome = (...names: readonly string[]): string | undefined =>
    home === '' ? undefined : (platform === 'win32' ? win32 : posix).join(home, ...names);
  if (platform === 'win32')
    return absolute(win32, env['LOCALAPPDATA']) ?? inHome('AppData', 'Local');
  if (platform === 'darwin') return inHome('Library', 'Application Support');
  // The specification has relative paths ignored.
  return absolute(posix, env['XDG_STATE_HOME']) ?? inHome('.local', 'state');
}

function absolute(path: typeof posix, value: string | undefined): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}

function here(): Surroundings {
  return { platform: process.platform, env: process.env, home: homeOrNothing() };
}

function homeOrNothing(): string {
  try {
    return homedir();
  } catch {
    // A user id without an entry, as in some containers.
    return '';
  }
}
