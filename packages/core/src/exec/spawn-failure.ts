import path from 'node:path';
import { CredentialError } from '../errors.js';
import { oneLine, quoted } from '../printable.js';
import { isPath } from './host-path.js';
import { nodeFs } from './node-fs.js';

/** A start that failed. */
export interface SpawnAttempt {
  readonly command: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
}

/**
 * Says why nothing of the name was started, and where it was looked for. client-go's words first, because people search
 * for them.
 */
export function describeMissing(command: string): CredentialError {
  const where = isPath(command) ? '' : `${describeSearch(process.env['PATH'])} `;
  return new CredentialError(
    'ERR_EXEC_NOT_FOUND',
    `exec: executable ${oneLine(command)} not found. ${where}${adviceFor(command)}`,
  );
}

function describeSearch(searchPath: string | undefined): string {
  if (searchPath === undefined || searchPath === '') return 'PATH is empty.';
  // A desktop starts programs with a shorter PATH than a terminal does.
  return `It is in no absolute folder of the PATH of this program, which is ${quoted(searchPath)}.`;
}

/** What a shell would have made of a command, and nobody does here. */
function adviceFor(command: string): string {
  if (/^\S+\s+\S/.test(command))
    return '"command" is one program; what follows it belongs in "args".';
  if (/(?:^|[\\/])~|\$\{?\w/.test(command)) {
    return 'Neither "~" nor a variable is expanded; write the whole path.';
  }
  return 'Install it, or correct "command".';
}

/**
 * Translates what the system said when it was asked to start a plugin.
 * @param systemCode such as ENOENT; the error that carried it may quote arguments and environment.
 */
export function describeSpawnFailure(
  attempt: SpawnAttempt,
  systemCode: string | undefined,
): CredentialError {
  const subject = `exec: executable ${oneLine(attempt.command)}`;
  switch (systemCode) {
    case 'ENOENT':
    case 'ENOTDIR':
      return describeNoEntry(attempt, subject);
    case 'EACCES':
    case 'EPERM':
    case 'ENOEXEC':
      return new CredentialError(
        'ERR_EXEC_NOT_EXECUTABLE',
        `${subject} cannot be run: ${systemCode === 'ENOEXEC' ? 'exec format error' : 'permission denied'}. It must be a program file with the execute permission.`,
      );
    case 'E2BIG':
      return new CredentialError(
        'ERR_EXEC_ENVIRONMENT',
        `${subject} cannot be started: its arguments and environment are too large. ${describeLargest(attempt)}`,
      );
    case 'ERR_INVALID_ARG_VALUE':
      return new CredentialError(
        'ERR_EXEC_ENVIRONMENT',
        `${subject} cannot be started: an argument or a variable of its environment holds a NUL character.`,
      );
    default:
      return new CredentialError(
        'ERR_EXEC_SPAWN',
        `${subject} could not be started: the system says ${systemCode ?? 'nothing about the reason'}.`,
      );
  }
}

/** The same word of the system stands for a missing program, a missing interpreter and a missing directory. */
function describeNoEntry(attempt: SpawnAttempt, subject: string): CredentialError {
  const { cwd, file } = attempt;
  if (cwd !== undefined && !nodeFs().existsSync(cwd)) {
    return new CredentialError(
      'ERR_EXEC_SPAWN',
      `${subject} could not be started: its working directory ${quoted(cwd)} does not exist.`,
    );
  }
  if (!nodeFs().existsSync(cwd === undefined ? file : path.resolve(cwd, file))) {
    return describeMissing(attempt.command);
  }
  return new CredentialError(
    'ERR_EXEC_NOT_EXECUTABLE',
    `${subject} cannot be run: the interpreter that its first line names does not exist.`,
  );
}

function describeLargest({ args, env }: SpawnAttempt): string {
  const sizes: [what: string, bytes: number][] = [
    ['The largest argument', Math.max(0, ...args.map((arg) => Buffer.byteLength(arg)))],
    ...Object.entries(env).map(([name, value]): [string, number] => [
      quoted(name),
      Buffer.byteLength(value ?? ''),
    ]),
  ];
  const [what, bytes] = sizes.reduce((one, other) => (other[1] > one[1] ? other : one));
  return `${what} has ${bytes} bytes; Linux allows 131072 for one, name included.`;
}
