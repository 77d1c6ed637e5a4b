// Writes docs/reference/errors.md from the table in packages/core/src/errors.ts (`npm run docs:errors`).
// With --check it writes nothing and fails when the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const page = resolve(root, 'docs/reference/errors.md');
const { errorCodes } = await import('../packages/core/dist/index.js');

const introduction = `# Errors

Every failure to get or to place a credential is a \`CredentialError\` with one of these codes. Test for it with
\`isCredentialError(error)\` and branch on \`error.code\`. A wrong option is a \`TypeError\` that names the option, and a
cancelled wait ends with the caller's own \`signal.reason\`.

A failed plugin adds what is known: \`exitCode\`, \`signal\`, and \`stderr\`, the scrubbed end of what it wrote there. No
error holds a token or a private key.

<!-- Generated from packages/core/src/errors.ts by \`npm run docs:errors\`; edit it there. -->
`;

const sections = Object.entries(errorCodes).map(([code, text]) => `## ${code}\n\n${text}\n`);
const text = [introduction, ...sections].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/reference/errors.md is out of date. Run "npm run docs:errors".');
  process.exit(1);
}
