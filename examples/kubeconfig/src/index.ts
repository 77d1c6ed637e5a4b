import { Command, InvalidArgumentError } from 'commander';
import { type AskOptions, ask, explain } from './ask.js';

const program = new Command('npm run example:kubeconfig --')
  .description('Asks the API server of a kubeconfig, and prints what it answers.')
  .argument('[path]', 'what to ask for', absolutePath, '/api/v1/namespaces')
  .option('--kubeconfig <file>', 'default: the files in KUBECONFIG, else ~/.kube/config')
  .option('--context <name>', 'default: the current context')
  .action(async (path: string, options: AskOptions) => {
    try {
      console.log(await ask(path, options));
    } catch (error) {
      console.error(explain(error));
      process.exitCode = 1;
    }
  });

await program.parseAsync();

function absolutePath(value: string): string {
  if (value.startsWith('/')) return value;
  throw new InvalidArgumentError('A path begins with a slash.');
}
