import { CredentialError, type CredentialErrorCode } from '../errors.js';
import { snapshot } from '../snapshot.js';
import { decodeText } from '../text/decode-text.js';
import { nameForeignText } from '../text/name-foreign-text.js';
import { byteCount, readJson } from '../text/read-json.js';
import { readYaml } from '../text/read-yaml.js';
import { exceedsMarks, scanJson } from '../text/structure.js';

export type Fields = Readonly<Record<string, unknown>>;

// An ExecCredential has some ten values and is at most four levels deep; what a plugin adds is its own.
const limits = { maxDepth: 100, maxMarks: 2_000 };
// Two certificates with their chains and a key, several times over.
const maxYamlLength = 262_144;

/**
 * Reads the one object that a plugin prints: JSON when it starts with a brace, YAML otherwise, as client-go decides it.
 * Depth and size are judged before a reader is asked, so that no output keeps the program waiting or ends it.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, saying what the output is instead and never quoting it.
 */
export async function parseOutput(output: Uint8Array): Promise<Fields> {
  const { text, isMarked } = decodeText(output);
  if (!/\S/.test(text)) throw undecodable('the plugin printed nothing');
  const foreign = nameForeignText(text);
  if (foreign !== undefined) throw undecodable(`the plugin printed ${foreign}`);
  const printed = beginsWithBrace(text) ? await parseObject(text, isMarked) : await parseYaml(text);
  if (printed === null || printed === undefined) {
    throw undecodable('the plugin printed an empty document');
  }
  if (Array.isArray(printed)) throw undecodable('the plugin printed a list and not one object');
  if (typeof printed === 'object') return snapshot(printed) as Fields;
  throw undecodable(
    describeMisplaced(text) ?? 'the plugin printed plain text and no JSON or YAML object',
  );
}

/** White space is what Go takes for it. */
function beginsWithBrace(text: string): boolean {
  return /^[\t\n\v\f\r \u0085\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*\{/.test(text);
}

/** A byte order mark makes an output YAML for client-go, which may have comments around the object. */
async function parseObject(text: string, isMarked: boolean): Promise<unknown> {
  const reading = readJson(text, limits);
  if ('value' in reading) return reading.value;
  if (reading.excess === 'marks') throw tooMuch(text);
  if (isMarked && reading.excess === undefined) return parseYaml(text);
  throw undecodable(`the plugin printed ${reading.fault}`);
}

async function parseYaml(text: string): Promise<unknown> {
  if (text.length > maxYamlLength || exceedsMarks(text, limits.maxMarks)) throw tooMuch(text);
  const reading = await readYaml(text);
  if ('value' in reading) return reading.value;
  throw undecodable(
    describeMisplaced(text) ?? `the plugin printed text that is no JSON, and ${reading.fault}`,
  );
}

function tooMuch(text: string): CredentialError {
  return undecodable(
    describeMisplaced(text) ??
      `the plugin printed ${byteCount(text)} that are far more than one ExecCredential`,
  );
}

/** Says where the JSON stands that should stand alone: plugins like to greet people on stdout. */
function describeMisplaced(text: string): string | undefined {
  const start = text.search(/\{\s*"/);
  // A bracket before it makes a list.
  if (!/[^\s[\]{},-]/.test(text.slice(0, Math.max(0, start)))) return undefined;
  const json = text.slice(start);
  const { end = json.length } = scanJson(json, limits);
  if (!/"(?:kind|apiVersion|status)"\s*:/.test(json.slice(0, Math.min(end, 65_536))))
    return undefined;
  return `the plugin printed ${byteCount(text.slice(0, start))} of text before the JSON, which must stand alone on stdout; print it on stderr`;
}

/** Makes the error for an output that cannot be read. `what` must not quote it. */
export function undecodable(what: string): CredentialError {
  return refuse('ERR_EXEC_OUTPUT', `decoding stdout: ${what}`);
}

export function refuse(code: CredentialErrorCode, what: string): CredentialError {
  return new CredentialError(code, `${what}. Run the plugin by hand to see what it prints.`);
}
