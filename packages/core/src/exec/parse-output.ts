import type { ScalarTag } from 'yaml';
import { CredentialError, type CredentialErrorCode } from '../errors.js';

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the one object that a plugin prints: JSON when it starts with a brace, YAML otherwise, as client-go decides it.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, never quoting the output.
 */
export async function parseOutput(output: Uint8Array): Promise<Fields> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(output);
  if (/^\s*$/.test(text)) throw undecodable('the plugin printed nothing');
  // White space in Go's sense: a byte order mark is none.
  const isJson = /^[\t\n\v\f\r \u0085\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/.test(
    text,
  );
  const printed = isJson ? parseJson(text) : await parseYaml(text);
  if (printed === null) throw undecodable('the plugin printed an empty document');
  if (typeof printed !== 'object' || Array.isArray(printed)) {
    throw undecodable('the plugin printed text that is not a JSON or YAML object');
  }
  return printed as Fields;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The SyntaxError quotes what it could not read, which may be the token.
    throw undecodable(
      'the plugin printed text that is not valid JSON, or more than one JSON object',
    );
  }
}

/** Loaded when it is needed: few plugins print YAML, and the package takes as long to load as Node to start a plugin. */
async function parseYaml(text: string): Promise<unknown> {
  const { parseAllDocuments } = await import('yaml');
  try {
    // Version 1.1 as Go's reader has it, without its timestamps and base-60 numbers; what follows the first document
    // is not looked at.
    const [first] = parseAllDocuments(text, {
      version: '1.1',
      uniqueKeys: false,
      logLevel: 'silent',
      customTags: (tags) => [
        ...tags.filter((tag) => typeof tag === 'string' || !isForeignTag(tag)),
        octal,
      ],
    });
    if (first === undefined) return null;
    if (first.errors.length === 0) return first.toJS() as unknown;
  } catch {
    // As below: what the reader says about a broken alias quotes the text.
  }
  throw undecodable('the plugin printed text that is not valid YAML');
}

// 0o17 is a number for Go, though YAML 1.1 has it as a word.
const octal: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (word) => Number(word.replaceAll('_', '').replace(/^[-+]/, '')),
};

function isForeignTag(tag: { readonly tag: string; readonly format?: string }): boolean {
  return tag.tag === 'tag:yaml.org,2002:timestamp' || tag.format === 'TIME';
}

/** Makes the error for an output that cannot be read. `what` must not quote it. */
export function undecodable(what: string): CredentialError {
  return refuse('ERR_EXEC_OUTPUT', `decoding stdout: ${what}`);
}

export function refuse(code: CredentialErrorCode, what: string): CredentialError {
  return new CredentialError(code, `${what}. Run the plugin by hand to see what it prints.`);
}
