// Node's own modules, in our ES modules, as `require()` gives them. An `import` makes an ES module of all their names and
// asks every getter among them: those of node:http load a WebSocket client and a fetch, one of node:tls copies each root
// certificate, and what that leaves on the heap can be what starts a collection. docs/decisions/0048 has the figures.
import { parseAst } from 'rolldown/parseAst';

// Test tools replace these while a program runs, and an imported name follows them.
const patched = ['request', 'get', 'ClientRequest', 'Agent', 'globalAgent'];

/** Rewrites the imports of Node's modules in the text of a built file, each in its line. */
export function takeModulesOfNode(text) {
  let taken = text;
  for (const { start, end, source, specifiers } of importsOf(text).reverse()) {
    const bindings = bindingsOf(specifiers);
    if (bindings === undefined) continue;
    if (bindings.named.some(([name]) => patched.includes(name))) continue;
    taken = taken.slice(0, start) + declare(source.value, bindings) + taken.slice(end);
  }
  return taken;
}

function importsOf(text) {
  return parseAst(text).body.filter(
    ({ type, source }) => type === 'ImportDeclaration' && source.value.startsWith('node:'),
  );
}

/** Undefined where nothing is imported but what the module does when it is loaded. */
function bindingsOf(specifiers) {
  if (specifiers.length === 0) return undefined;
  const isNamed = ({ type }) => type === 'ImportSpecifier';
  return {
    whole: specifiers.filter((specifier) => !isNamed(specifier)).map(({ local }) => local.name),
    named: specifiers.filter(isNamed).map(({ imported, local }) => [imported.name, local.name]),
  };
}

function declare(module, { whole, named }) {
  const names = named.map(([name, local]) => (name === local ? name : `${name}: ${local}`));
  const patterns = names.length === 0 ? whole : [...whole, `{ ${names.join(', ')} }`];
  const taken = `process.getBuiltinModule(${JSON.stringify(module)})`;
  return `const ${patterns.map((pattern) => `${pattern} = ${taken}`).join(', ')};`;
}
