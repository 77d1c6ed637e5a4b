// A plugin of StrykerJS: leaves the sentences of errors alone. The tests hold the codes of errors and the words that a
// sentence owes its reader; the emptied sentence is a mutant that says nothing about anything else. Everything that is
// decided inside a sentence stays: a template with a condition is mutated like any other code.

function isSentence({ node }) {
  if (node.type === 'StringLiteral') return node.value.includes(' ');
  if (node.type !== 'TemplateLiteral') return false;
  const decides = node.expressions.some(({ type }) =>
    ['ConditionalExpression', 'LogicalExpression'].includes(type),
  );
  return !decides && node.quasis.some(({ value }) => value.raw.includes(' '));
}

function isOfError({ parent, node }) {
  if (parent?.type !== 'NewExpression' || !parent.arguments.includes(node)) return false;
  return /(?:Error|Exception)$/.test(parent.callee.name ?? parent.callee.property?.name ?? '');
}

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'error-sentences',
    value: {
      shouldIgnore: (path) =>
        isSentence(path) && isOfError(path) ? 'The sentence of an error.' : undefined,
    },
  },
];
