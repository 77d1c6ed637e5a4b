// How every script of this repository reads its command line: what a script says at its top is its help.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Reads the command line as `parseArgs` does. With `--help` it prints the comment at the top of the script and ends with 0; with
 * an option that there is not it prints that, too, and ends with 1.
 * @param url `import.meta.url` of the script
 */
export function readArguments(url, { options = {}, ...rest }) {
  try {
    const all = { ...options, help: { type: 'boolean', short: 'h' } };
    const { values, positionals } = parseArgs({ ...rest, options: all });
    if (!values.help) return { values, positionals };
    console.log(helpOf(url));
  } catch (error) {
    console.error(`${error.message}\n\n${helpOf(url)}`);
    process.exit(1);
  }
  process.exit(0);
}

function helpOf(url) {
  const [comment] = /^(?:\/\/.*\n)+/.exec(readFileSync(fileURLToPath(url), 'utf8')) ?? [''];
  return comment.replaceAll(/^\/\/ ?/gm, '').trimEnd();
}
