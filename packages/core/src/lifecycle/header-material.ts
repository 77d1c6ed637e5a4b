import { CredentialError } from '../errors.js';
import { memberOf } from '../inherited-names.js';
import { describe } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import { inspectCustom } from './inspect-custom.js';

type Headers = Readonly<Record<string, string>>;

// What every HTTP client sends as the same bytes. Checked here, because the error of an HTTP client would quote the value.
const headerText = /^[\t\x20-\x7e]*$/;

/** Tells whether `text` can be the value of a header, or part of one. */
export function isHeaderText(text: string): boolean {
  return headerText.test(text);
}

/** RFC 9110, 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What belongs to a connection, or says where a request ends and goes: HTTP/2 forbids some, and the client sets the others. */
const namesOfTheMessage: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Characters. */
const longestNameShown = 64;

/** In an object of headers these mean something else to JavaScript; in lower case, because clients make that of every name. */
const namesOfTheLanguage: ReadonlySet<string> = new Set(['__proto__', 'tojson']);

/**
 * Checks the headers of material, and returns them in a form that prints no value.
 * @param subject names the source, for the message
 * @returns undefined where there are none
 * @throws {CredentialError} ERR_CREDENTIAL_HEADER, naming the header and never quoting its value.
 */
export function checkHeaders(given: unknown, subject: string): Headers | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object' || memberOf(given, Symbol.iterator) !== undefined) {
    // A Map or Headers has no properties: what is in it would be lost without a word.
    const isList = typeof given === 'object' && !Array.isArray(given);
    throw failure(
      `The headers of ${subject} are ${isList ? 'a list, or an object that is read like one' : kindOf(given)}, not an object of names and values. "Object.fromEntries()" makes one of pairs.`,
    );
  }
  const entries: [string, unknown][] = Object.entries(given);
  const names = new Map<string, string>();
  for (const [name, value] of entries) {
    checkName(name, subject);
    checkValue(name, value, subject);
    const other = names.get(name.toLowerCase());
    if (other !== undefined) {
      throw failure(
        `The headers of ${subject} have ${quoted(other)} and ${quoted(name)}, which are one header. Give it once.`,
      );
    }
    names.set(name.toLowerCase(), name);
  }
  return entries.length === 0 ? undefined : redacted(entries as [string, string][]);
}

/** Tells whether both have the same headers, in whatever order and letter case. */
export function areSameHeaders(one: Headers | undefined, other: Headers | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const values = new Map(Object.entries(one).map(([name, value]) => [name.toLowerCase(), value]));
  const others = Object.entries(other);
  return (
    values.size === others.length &&
    others.every(([name, value]) => values.get(name.toLowerCase()) === value)
  );
}

function checkName(name: string, subject: string): void {
  if (!headerName.test(name)) {
    // Behind a colon stands what should have been the value.
    const [shown = ''] = name.split(':');
    throw failure(
      `The headers of ${subject} have ${quoted(shown.slice(0, longestNameShown))}, which cannot be the name of an HTTP header.`,
    );
  }
  const key = name.toLowerCase();
  if (namesOfTheMessage.has(key) || namesOfTheLanguage.has(key)) {
    throw failure(
      `The headers of ${subject} have ${quoted(name)}, which belongs to the message or its connection. Leave it out: the HTTP client sets what is needed.`,
    );
  }
}

function checkValue(name: string, value: unknown, subject: string): void {
  const what = `The header ${quoted(name)} of ${subject}`;
  if (typeof value !== 'string') throw failure(`${what} is ${kindOf(value)}, not a string.`);
  if (!isHeaderText(value)) {
    throw failure(
      `${what} holds a line break or another character that cannot stand in an HTTP header.`,
    );
  }
  if (value.trim() !== value) {
    throw failure(`${what} begins or ends with white space, which HTTP forbids. Trim it.`);
  }
  // No server lets anybody in for it; where it was to limit a request, as a user to impersonate, it limits nothing.
  if (value === '') throw failure(`${what} is empty. Leave it out, or give its value.`);
}

/** Says what kind of thing `value` is: a secret in digits is one as well, also where its source has forgotten the quotes. */
export function kindOf(value: unknown): string {
  return typeof value === 'number' ? 'a number' : describe(value);
}

function failure(message: string): CredentialError {
  return new CredentialError('ERR_CREDENTIAL_HEADER', message);
}

/**
 * The values stand behind getters, where no printer goes that is not told to. What prints them stands on a prototype: a logger that
 * redacts prints a copy with the same one, and what was behind a getter stands in plain sight there.
 */
function redacted(entries: readonly (readonly [name: string, value: string])[]): Headers {
  const names = entries.map(([name]) => name);
  const printed = (): object => Object.fromEntries(names.map((name) => [name, '[redacted]']));
  const inspected = (): string => `CredentialHeaders { ${names.map(line).join(', ')} }`;
  const printing = {};
  Object.defineProperty(printing, 'toJSON', snapshot({ value: printed }));
  Object.defineProperty(printing, inspectCustom, snapshot({ value: inspected }));
  const headers: Headers = Object.create(Object.freeze(printing));
  for (const [name, value] of entries) {
    Object.defineProperty(headers, name, snapshot({ get: () => value, enumerable: true }));
  }
  return Object.freeze(headers);
}

function line(name: string): string {
  return `${quoted(name)}: [redacted]`;
}
