import { CredentialError } from '@keyturn/core/binding';
import { exceedsMarks, maxDepth, nameForeignText, readYaml, scanJson } from '@keyturn/core/text';
import { capitalized } from './fields.js';

// A thousand contexts, each with two authorities of its own.
const maxLength = 16_777_216;
// What a text may hold that names nothing.
const freeLength = 65_536;
const freeMarks = 2_000;
// What stands behind a name: an exec stanza has some 50 marks, and 150 where the file is JSON and written line by line.
const marksPerName = 200;
// Authorities in base64 have up to two megabytes, where somebody trusts everything that the system does.
const lengthPerName = 1_048_576;
const lengthOfFirst = 3_145_728;
// A context, its cluster and its user often share a name; twice that for good measure.
const timesPerName = 6;
// Reading a text twice takes twice as long.
const longestReread = 262_144;
// Of a longer one this much tells it from others.
const longestName = 200;

/**
 * Reads the first YAML document of a kubeconfig, or undefined when there is none. JSON is YAML here.
 *
 * Size and structure are judged before a reader is asked: everything that has contexts, clusters and users is read,
 * however many they are, and nothing else may keep the program waiting.
 *
 * @param subject names the text in an error, such as `"/home/me/.kube/config"`.
 * @throws {CredentialError} ERR_KUBECONFIG_PARSE, quoting nothing of the text: it holds tokens.
 */
export async function readKubeconfigText(text: string, subject: string): Promise<unknown> {
  const foreign = nameForeignText(text);
  if (foreign !== undefined) {
    throw unreadable(subject, `is no kubeconfig: it is ${foreign}. ${adviceFor(foreign)}`);
  }
  expectMeasure(text, subject);
  const json = readJson(text, subject);
  if (json !== undefined) return json;
  const reading = await readYaml(text);
  if ('value' in reading) return reading.value;
  throw unreadable(subject, explainFault(reading.fault, text));
}

function expectMeasure(text: string, subject: string): void {
  const names = countNames(text);
  const size = `${Math.ceil(text.length / 1024)} KiB`;
  const named = Math.min(maxLength, lengthOfFirst + names * lengthPerName);
  if (text.length > (names === 0 ? freeLength : named)) {
    throw unreadable(
      subject,
      `is no kubeconfig: it has ${size} and ${names} named entries. ${giveOne}`,
    );
  }
  if (exceedsMarks(text, freeMarks + names * marksPerName)) {
    throw unreadable(
      subject,
      `is no kubeconfig: its ${size} hold far more than its named entries. ${giveOne}`,
    );
  }
}

/**
 * Counts the entries of contexts, clusters and users, and the variables of plugins: whatever has a name. The same name
 * again counts a few times only: entries of one kind have names of their own, and an endless list of one entry has not.
 */
function countNames(text: string): number {
  let names = 0;
  const times = new Map<string, number>();
  for (let at = text.indexOf('name'); at !== -1; at = text.indexOf('name', at + 4)) {
    const colon = text[at + 4] === '"' ? at + 5 : at + 4;
    if (text[colon] !== ':') continue;
    const [name = ''] = /^[^\n\r,}]*/.exec(text.slice(colon + 1, colon + 1 + longestName)) ?? [];
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    if (before < timesPerName) names += 1;
  }
  return names;
}

/** Much faster than YAML, and the same thing, save for numbers that JavaScript would round. */
function readJson(text: string, subject: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  const scan = scanJson(text, { maxDepth, maxMarks: Number.POSITIVE_INFINITY });
  if (scan.excess === 'depth') {
    throw unreadable(subject, `nests deeper than ${maxDepth} levels. ${giveOne}`);
  }
  if (/[[:,]\s*-?(?:\d{16}|\d[\d.]*[eE])/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Flow style looks like it, and so does JSON with a mistake, whose place the YAML reader tells.
    if (text.length <= longestReread || !/^\s*\{\s*"/.test(text)) return undefined;
    throw unreadable(subject, 'is JSON with a mistake, or JSON that breaks off. Write it anew');
  }
}

const giveOne = 'Give the path of a kubeconfig';

/** What to do with a text that is something else. */
function adviceFor(foreign: string): string {
  if (/HTML|HTTP/.test(foreign)) {
    return 'Perhaps a login page has answered the download; sign in, and fetch the kubeconfig again';
  }
  if (/^UTF-16/.test(foreign)) return 'Save it as UTF-8';
  if (/PEM/.test(foreign)) return 'Name its path in a field of a kubeconfig';
  return giveOne;
}

/** Says of broken YAML what has broken it, where that is something that people leave in files. */
function explainFault(fault: string, text: string): string {
  if (/^(?:<{7}|>{7}) /m.test(text)) {
    return `${fault}: it holds the marks of a merge, "<<<<<<<". Finish the merge`;
  }
  if (/\{\{.*\}\}/.test(text)) {
    return `${fault}: it holds a template, "{{ }}", which was never filled in. Fill it in`;
  }
  if (/^nests/.test(fault)) return `${fault}. ${giveOne}`;
  if (/^\s*\{\s*"/.test(text) && isCut(text)) {
    return `${fault}: it is JSON that breaks off before its end. Copy all of it`;
  }
  return /;/.test(fault) ? fault : `${fault}. Compare that line with the ones around it`;
}

function isCut(text: string): boolean {
  return scanJson(text, { maxDepth, maxMarks: Number.POSITIVE_INFINITY }).end === undefined;
}

function unreadable(subject: string, fact: string): CredentialError {
  // The option "text" has words in the place of a path.
  const name = subject.startsWith('"') ? `The kubeconfig ${subject}` : capitalized(subject);
  return new CredentialError('ERR_KUBECONFIG_PARSE', `${name} ${fact}.`);
}
