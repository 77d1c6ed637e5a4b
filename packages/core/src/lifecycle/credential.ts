import type { ClientCertificate, Credential } from '../contract.js';
import { CredentialError } from '../errors.js';
import { memberOf } from '../inherited-names.js';
import { describe } from '../options.js';
import { quoted } from '../printable.js';
import { areSameHeaders, checkHeaders, isHeaderText, kindOf } from './header-material.js';
import { inspectCustom } from './inspect-custom.js';
import { certificateExpiry } from './key-pair.js';
import { checkUsable } from './tls-usable.js';

/**
 * Stamps material from a source as the successor of `previous`, after checking every part of it.
 *
 * @param sourceName stands in the message of an error.
 * @throws {CredentialError} ERR_CREDENTIAL_EMPTY, _TOKEN, _HEADER, _CERTIFICATE, _KEY_MISMATCH or _EXPIRY.
 */
export function mint(
  material: unknown,
  sourceName: string,
  previous: Credential | undefined,
): Credential {
  const subject = `Credential source ${quoted(sourceName)}`;
  if (typeof material !== 'object' || material === null) throw noMaterial(material, subject);
  const token = checkToken(memberOf(material, 'token'), subject);
  const headers = checkHeaders(memberOf(material, 'headers'), subject);
  const certificate = checkCertificate(memberOf(material, 'clientCertificate'), subject);
  const sourceExpiry = checkTime('expiresAt', memberOf(material, 'expiresAt'), subject);
  checkState(memberOf(material, 'state'), subject);
  const isNobody = memberOf(material, 'anonymous') === true;
  if ((token ?? headers ?? certificate) === undefined && !isNobody) {
    throw new CredentialError(
      'ERR_CREDENTIAL_EMPTY',
      `${subject} returned neither a token nor a client certificate, nor any headers.${adviceForNames(material)}`,
    );
  }
  const isSameCertificate = isSamePair(certificate, previous?.clientCertificate);
  const notAfter = certificate && certificateExpiry(certificate, subject);
  if (certificate !== undefined && !isSameCertificate) checkUsable(certificate, subject);
  return new RedactedCredential({
    generation: (previous?.generation ?? 0) + 1,
    certificateGeneration:
      previous === undefined ? 1 : previous.certificateGeneration + (isSameCertificate ? 0 : 1),
    token,
    headers,
    clientCertificate: certificate && new RedactedCertificate(certificate),
    expiresAt: earlier(sourceExpiry, notAfter),
  });
}

function noMaterial(returned: unknown, subject: string): CredentialError {
  const advice = typeof returned === 'string' ? ' Put it into an object, as its "token".' : '';
  return new CredentialError(
    'ERR_CREDENTIAL_EMPTY',
    `${subject} returned ${kindOf(returned)}.${advice}`,
  );
}

/** Returns the `state` of material that may be bad in every other way: what it is for cannot be had a second time. */
export function stateOf(material: unknown): string | undefined {
  const state =
    typeof material === 'object' && material !== null ? memberOf(material, 'state') : undefined;
  return typeof state === 'string' ? state : undefined;
}

/**
 * Returns when the source of `material` wants to be asked again. Unix milliseconds.
 * @throws {CredentialError} ERR_CREDENTIAL_EXPIRY when that is no time.
 */
export function refreshTimeOf(material: object, sourceName: string): number | undefined {
  const subject = `Credential source ${quoted(sourceName)}`;
  return checkTime('refreshAt', memberOf(material, 'refreshAt'), subject);
}

/** Tells whether both carry the same token, headers, certificate and key, so that a refusal of one is a refusal of the other. */
export function isSameSecret(one: Credential, other: Credential): boolean {
  return (
    one.token === other.token &&
    areSameHeaders(one.headers, other.headers) &&
    isSamePair(one.clientCertificate, other.clientCertificate)
  );
}

/** Tells whether a source has returned what it had returned before. */
export function isSameResult(one: Credential | undefined, other: Credential): one is Credential {
  return one !== undefined && isSameSecret(one, other) && one.expiresAt === other.expiresAt;
}

function isSamePair(
  one: ClientCertificate | undefined,
  other: ClientCertificate | undefined,
): boolean {
  return one?.certificate === other?.certificate && one?.privateKey === other?.privateKey;
}

/** What OAuth and others call a token. The name is repeated, and what it holds is not. */
const otherNames = /^(?:(?:access|id|bearer|auth)[-_]?)?(?:token|jwt|bearer)$/i;

/** What Node and others call the parts of a pair. */
const pairNames = /^(?:cert|certificate|(?:private)?[-_]?key|tls\.(?:crt|key))$/i;

/** Headers that stand where their object belongs. */
const headerName = /^(?:authorization|x(?:-[a-z]+)+)$/i;

function adviceForNames(material: object): string {
  const names = Object.keys(material);
  for (const [pattern, place] of [
    [otherNames, 'token'],
    [pairNames, 'clientCertificate'],
    [headerName, 'headers'],
  ] as const) {
    const other = names.find((name) => pattern.test(name) && name !== place);
    if (other !== undefined)
      return ` It has ${quoted(other)}; what is in it belongs in "${place}".`;
  }
  return '';
}

function checkToken(token: unknown, subject: string): string | undefined {
  if (token === undefined || token === null || token === '') return undefined;
  if (typeof token !== 'string') {
    throw new CredentialError(
      'ERR_CREDENTIAL_TOKEN',
      `The token of ${subject} is ${kindOf(token)}, not a string.`,
    );
  }
  if (!isHeaderText(token)) {
    throw new CredentialError(
      'ERR_CREDENTIAL_TOKEN',
      `The token of ${subject} holds a line break or another character that cannot stand in an HTTP header.`,
    );
  }
  if (/^bearer\s/i.test(token)) {
    throw new CredentialError(
      'ERR_CREDENTIAL_TOKEN',
      `The token of ${subject} begins with the word "Bearer", which each request puts before it. Leave that word out.`,
    );
  }
  return token;
}

function checkCertificate(pair: unknown, subject: string): ClientCertificate | undefined {
  if (pair === undefined || pair === null) return undefined;
  const [certificate, privateKey] = ['certificate', 'privateKey'].map((name) =>
    typeof pair === 'object' ? memberOf(pair, name) : undefined,
  );
  for (const [name, value] of Object.entries({ certificate, privateKey })) {
    if (typeof value !== 'string' || value === '') {
      throw new CredentialError(
        'ERR_CREDENTIAL_CERTIFICATE',
        `The client certificate of ${subject} lacks its "${name}"; certificate and private key come together, as PEM text.`,
      );
    }
  }
  return { certificate: certificate as string, privateKey: privateKey as string };
}

function checkState(state: unknown, subject: string): void {
  if (state === undefined || state === null || typeof state === 'string') return;
  throw new CredentialError(
    'ERR_CREDENTIAL_STATE',
    `The state of ${subject} is ${kindOf(state)}, not a string. "JSON.stringify()" makes one of it.`,
  );
}

const whatTimes = { expiresAt: 'expiry', refreshAt: 'time of the next look' } as const;

function checkTime(
  name: keyof typeof whatTimes,
  time: unknown,
  subject: string,
): number | undefined {
  if (time === undefined || time === null) return undefined;
  const what = `The ${whatTimes[name]} of ${subject}`;
  if (typeof time !== 'number' || !Number.isFinite(time)) {
    throw new CredentialError(
      'ERR_CREDENTIAL_EXPIRY',
      `${what} is ${describe(time)}, not a time in Unix milliseconds.${adviceFor(time)}`,
    );
  }
  if (time >= earliestSeconds && time < earliestSeconds * 10) {
    throw new CredentialError(
      'ERR_CREDENTIAL_EXPIRY',
      `${what} is ${time}, a time in 1970: it looks like seconds, as in a JWT. "${name}" is Unix milliseconds; multiply it by 1000.`,
    );
  }
  return time;
}

// September 2001 in seconds, and January 1970 in milliseconds, when there was nothing yet that could expire.
const earliestSeconds = 1_000_000_000;

function adviceFor(time: unknown): string {
  if (time instanceof Date) return ' Give its "getTime()".';
  return typeof time === 'string' ? ' "Date.parse()" makes one of a timestamp.' : '';
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

interface CredentialParts {
  readonly generation: number;
  readonly certificateGeneration: number;
  readonly token: string | undefined;
  readonly headers: Credential['headers'];
  readonly clientCertificate: ClientCertificate | undefined;
  readonly expiresAt: number | undefined;
}

type Inspect = (value: unknown, options: object) => string;

// The secrets are private fields behind getters: no printer reaches them, even one that ignores our inspect method,
// and a spread leaves them behind. A logger that redacts may print a copy with this prototype and without those fields: there
// the getters have nothing to give, and must not throw.
class RedactedCredential implements Credential {
  readonly generation: number;
  readonly certificateGeneration: number;
  readonly expiresAt?: number;
  readonly #token: string | undefined;
  readonly #headers: Credential['headers'];
  readonly #clientCertificate: ClientCertificate | undefined;

  constructor(parts: CredentialParts) {
    this.generation = parts.generation;
    this.certificateGeneration = parts.certificateGeneration;
    if (parts.expiresAt !== undefined) this.expiresAt = parts.expiresAt;
    this.#token = parts.token;
    this.#headers = parts.headers;
    this.#clientCertificate = parts.clientCertificate;
    Object.freeze(this);
  }

  get token(): string | undefined {
    return #token in this ? this.#token : undefined;
  }

  get headers(): Credential['headers'] {
    return #headers in this ? this.#headers : undefined;
  }

  get clientCertificate(): ClientCertificate | undefined {
    return #clientCertificate in this ? this.#clientCertificate : undefined;
  }

  toJSON(): object {
    const { generation, expiresAt } = this;
    return {
      generation,
      ...(#token in this ? { carries: this.#carries() } : {}),
      ...(expiresAt === undefined ? {} : { expiresAt: printTime(expiresAt) }),
    };
  }

  #carries(): readonly string[] {
    const carried = {
      token: this.#token,
      headers: this.#headers,
      clientCertificate: this.#clientCertificate,
    };
    return Object.entries(carried).flatMap(([name, part]) => (part === undefined ? [] : [name]));
  }

  [inspectCustom](_depth: number, options: object, inspect: Inspect): string {
    return `Credential ${inspect(this.toJSON(), options)}`;
  }
}

class RedactedCertificate implements ClientCertificate {
  readonly #certificate: string;
  readonly #privateKey: string;

  constructor(pair: ClientCertificate) {
    this.#certificate = pair.certificate;
    this.#privateKey = pair.privateKey;
    Object.freeze(this);
  }

  get certificate(): string {
    return #certificate in this ? this.#certificate : '';
  }

  get privateKey(): string {
    return #privateKey in this ? this.#privateKey : '';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspectCustom](): string {
    return 'ClientCertificate [redacted]';
  }
}

function printTime(unixMs: number): string | number {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? unixMs : date.toISOString();
}
