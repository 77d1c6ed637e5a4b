import { relative } from 'node:path/posix';
import { parseAst } from 'rolldown/parseAst';

/** Replaces each `import()` of a JavaScript text by what `replace` makes of its specifier, if it makes anything. */
export function replaceImportCalls(text, replace) {
  if (!text.includes('import(')) return text;
  let replaced = text;
  for (const { start, end, source } of importCallsIn(parseAst(text)).reverse()) {
    const call = replace(source.value) ?? text.slice(start, end);
    replaced = replaced.slice(0, start) + call + replaced.slice(end);
  }
  return replaced;
}

function importCallsIn(node) {
  if (node === null || typeof node !== 'object') return [];
  const inside = Object.values(node).flatMap((child) => importCallsIn(child));
  return node.type === 'ImportExpression' ? [node, ...inside] : inside;
}

/** How the built file at `path` names another: `./x.js`, `../x.js`. */
export function fileFrom(path, other) {
  return relative(`${path}/..`, other).replace(/^(?!\.)/, './');
}
