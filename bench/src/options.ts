import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { Section } from './section.js';

/** What the benchmark is asked to do. */
export interface BenchOptions {
  readonly quick: boolean;
  /** Names of sections, each once. */
  readonly only: readonly string[];
  /** Whether results.json and the performance page are brought up to date. */
  readonly write: boolean;
  /** The major of another Node to measure on. */
  readonly node?: string | undefined;
}

/** Where the help and the complaints go. */
export interface Writers {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Reads the command line. Gives the exit code where there is nothing more to do: 0 after the help, 2 after a complaint about
 * a wrong value.
 */
export function parseOptions(
  words: readonly string[],
  sections: readonly Section[],
  writers: Writers,
): { readonly options: BenchOptions } | { readonly exitCode: number } {
  const command = describeCommand(sections, writers);
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  const { quick = false, only, write, node } = command.opts<Partial<BenchOptions>>();
  const names = sections.map(({ name }) => name);
  return {
    options: {
      quick,
      only: names.filter((name) => only?.includes(name) ?? true),
      // A look is not for the record.
      write: write ?? !quick,
      node,
    },
  };
}

function describeCommand(sections: readonly Section[], { out, err }: Writers): Command {
  const names = sections.map(({ name }) => name);
  const list = sections.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
  return new Command('npm run bench --')
    .description('Keyturn beside the bare clients and its peers: ratios, in one run, in turns.')
    .option('--quick', 'a tenth of the work, in a minute; the figures are rough')
    .option('--only <sections>', `some of: ${names.join(', ')}`, addNames(names))
    .option(
      '--write',
      'write bench/results.json, the plots and the performance page (default without --quick)',
    )
    .option('--no-write', 'print only')
    .option('--node <major>', 'measure on another Node, which is fetched once: 24, 26', knownMajor)
    .addHelpText('after', `\nSections:\n${list.join('\n')}`)
    .addHelpText(
      'after',
      '\nEnds with exit code 1 if a section could not be measured. A budget that is missed is a figure, not a failure.',
    )
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
}

function knownMajor(text: string): string {
  if (/^[1-9]\d$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the major version of a Node, such as 24.');
}

function addNames(known: readonly string[]) {
  return (text: string, before: readonly string[] = []): readonly string[] => {
    const named = text.split(',').map((word) => word.trim());
    const unknown = named.find((name) => !known.includes(name));
    if (unknown === undefined) return [...before, ...named];
    throw new InvalidArgumentError(`There is no section "${unknown}". Known: ${known.join(', ')}.`);
  };
}
