// Writes docs/reference/client-go.md from the rows in test/exec/rows.json (`npm run docs:client-go`).
// With --check it writes nothing and fails when the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const page = resolve(root, 'docs/reference/client-go.md');
const rows = JSON.parse(readFileSync(resolve(root, 'test/exec/rows.json'), 'utf8'));

const introduction = `# client-go, row by row

How client-go runs exec credential plugins, and what Keyturn makes of it. Each row of its behaviour is **matched**,
**bettered** (then the third column says how), or **not applicable** (then it says why). The id leads to a test of that name,
the number behind a row to the decision. \`npx vitest run exec --reporter=verbose\` lists the tests.

<!-- Generated from test/exec/rows.json by \`npm run docs:client-go\`; edit it there. -->
`;

const sections = {
  Behaviour: rows.filter(({ id }) => id.startsWith('B')),
  Weaknesses: rows.filter(({ id }) => id.startsWith('W')),
};

function lineOf({ id, behaviour, verdict, how, test, decision }) {
  const name = test === undefined ? id : `[${id}](../../${test})`;
  const number =
    decision === undefined ? '' : ` ([${decision.slice(0, 4)}](../decisions/${decision}.md))`;
  const words = how === undefined ? '' : `: ${how}`;
  return `| ${name} | ${behaviour} | **${verdict}**${words}${number} |`.replaceAll('\n', ' ');
}

function count(section, verdict) {
  return `${section.filter((row) => row.verdict === verdict).length} ${verdict}`;
}

const tables = Object.entries(sections).map(([title, section]) => {
  const counts = ['matched', 'bettered', 'not applicable'].map((verdict) =>
    count(section, verdict),
  );
  const head = `| row | client-go | Keyturn |\n|---|---|---|`;
  return `## ${title}\n\n${counts.join(', ')}.\n\n${head}\n${section.map(lineOf).join('\n')}\n`;
});
const text = [introduction, ...tables].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/reference/client-go.md is out of date. Run "npm run docs:client-go".');
  process.exit(1);
}
