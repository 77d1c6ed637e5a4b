import { CredentialError } from '@keyturn/core/binding';
import { Composer, type CST, LineCounter, Parser } from 'yaml';
import { goScalars } from './go-scalars.js';

// Deeper than any kubeconfig, and far below what would exhaust the stack of the composer, which recurses.
const maxDepth = 200;

/**
 * Reads the first YAML document of `text`, or undefined when there is none. JSON is YAML here.
 * The last of two equal keys wins, as it does for kubectl.
 *
 * @param subject names the text in an error, such as `"/home/me/.kube/config"`.
 * @throws {CredentialError} ERR_KUBECONFIG_PARSE with line and column. The parser's own words stay inside,
 * because they may quote the text, and the text holds tokens.
 */
export function readYaml(text: string, subject: string): unknown {
  const lines = new LineCounter();
  const composer = new Composer({
    schema: 'failsafe',
    customTags: goScalars,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const tokens = shallow(new Parser(lines.addNewLine).parse(text), subject);
  const [document] = composer.compose(tokens);
  const [error] = document?.errors ?? [];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw unreadable(subject, `is not valid YAML at line ${line}, column ${col}`);
  }
  try {
    return document?.toJS();
  } catch {
    throw unreadable(subject, 'has an alias that cannot be resolved');
  }
}

function* shallow(tokens: Iterable<CST.Token>, subject: string): Iterable<CST.Token> {
  for (const token of tokens) {
    if (depthOf(token) > maxDepth)
      throw unreadable(subject, `nests deeper than ${maxDepth} levels`);
    yield token;
  }
}

function depthOf(token: CST.Token): number {
  let deepest = 0;
  const waiting: [part: CST.Token | null | undefined, depth: number][] = [[token, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [part, depth] = next;
    deepest = Math.max(deepest, depth);
    if (part?.type === 'document') waiting.push([part.value, depth]);
    if (part != null && 'items' in part) {
      for (const { key, value } of part.items) waiting.push([key, depth + 1], [value, depth + 1]);
    }
  }
  return deepest;
}

function unreadable(subject: string, fact: string): CredentialError {
  return new CredentialError('ERR_KUBECONFIG_PARSE', `The kubeconfig ${subject} ${fact}.`);
}
