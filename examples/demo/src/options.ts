import { Command, CommanderError, InvalidArgumentError } from 'commander';

export const clientNames = ['axios', 'got', 'https'] as const;
export type ClientName = (typeof clientNames)[number];

/** What the demo is asked to do. */
export interface DemoOptions {
  readonly durationMs: number;
  /** How long a credential of the demo's server is good for. */
  readonly lifetimeMs: number;
  /** In the order of `clientNames`, each once. */
  readonly clients: readonly ClientName[];
  /** Whether the same load runs through a client without Keyturn as well. */
  readonly bare: boolean;
}

/** Where the help and the complaints go. */
export interface Writers {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Reads the command line. Gives the exit code where there is nothing more to do: 0 after the help, 2 after a
 * complaint about a wrong value.
 */
export function parseOptions(
  words: readonly string[],
  writers: Writers,
): { readonly options: DemoOptions } | { readonly exitCode: number } {
  const command = describeCommand(writers);
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  const { seconds, lifetime, client, bare } = command.opts<Given>();
  const clients = clientNames.filter((name) => client?.includes(name) ?? true);
  const [durationMs, lifetimeMs] = [seconds * 1_000, lifetime * 1_000];
  return { options: { durationMs, lifetimeMs, clients, bare } };
}

interface Given {
  readonly seconds: number;
  readonly lifetime: number;
  readonly client?: readonly ClientName[];
  readonly bare: boolean;
}

function describeCommand({ out, err }: Writers): Command {
  return new Command('npm start --')
    .description(
      'HTTP clients share one credential and keep working while its token and certificate rotate.',
    )
    .option('--seconds <n>', 'how long to run', numberBetween(1, 86_400), 20)
    .option('--lifetime <n>', 'seconds for which a credential is good', numberBetween(1, 3_600), 4)
    .option(
      '--client <names>',
      `${clientNames.join(', ')} or all; repeat it or separate by commas (default: all)`,
      addClients,
    )
    .option('--no-bare', 'leave out the axios without Keyturn that runs beside them')
    .addHelpText(
      'after',
      '\nThe bare axios has the credential of its start and fails when that ends, which counts for nothing.\nEnds with exit code 0 only if no request failed and the credential rotated as often as it should.',
    )
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
}

function numberBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

function addClients(text: string, before: readonly ClientName[] = []): readonly ClientName[] {
  const named = text.split(',').flatMap((word): readonly ClientName[] => {
    const name = word.trim();
    if (name === 'all') return clientNames;
    const known = clientNames.find((client) => client === name);
    if (known !== undefined) return [known];
    throw new InvalidArgumentError(`It must be ${clientNames.join(', ')} or all.`);
  });
  return [...before, ...named];
}
