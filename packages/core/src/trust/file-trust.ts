import fs from 'node:fs';
import { authorityFault } from '../authority-fault.js';
import type { Clock, Trust, TrustSource } from '../contract.js';
import { systemClock } from '../lifecycle/clock.js';
import { TimeSpan } from '../lifecycle/time-span.js';
import { isMisplacedSecret } from '../misplaced-secret.js';
import { describe, knownOptions, numberOption } from '../options.js';
import {
  fileError,
  isStillWritten,
  patientReads,
  settledMs,
  stampOf,
  stillWritten,
  unreadable,
  untilSettled,
} from '../settled-file.js';
import { snapshot } from '../snapshot.js';
import { forgetFault, publishKept, publishRenewal } from '../trust-diagnostics.js';

export interface FileTrustOptions {
  /** How long what was read counts as the latest, in milliseconds. Default 10,000. */
  readonly pollMs?: number | undefined;
  /** Where time comes from. Default: the system's clock; tests bring a manual one. */
  readonly clock?: Clock | undefined;
}

const defaultPollMs = 10_000;

/**
 * Makes a trust of files with certificate authorities that somebody else renews, for `tls.ca`: cert-manager, Vault, the kubelet.
 *
 * They are read as one set when the first connection is made, and looked at again when somebody asks and `pollMs` have passed, or at
 * once when a server cannot be verified. Nothing watches them, and nothing runs while nobody asks. What cannot be read, or has one
 * certificate that OpenSSL cannot read, replaces nothing: what was read last stays in force, and the channel `keyturn:trust` tells of it.
 *
 * Where nothing was read before, whoever asks gets a CredentialError with ERR_TRUST_READ or ERR_TRUST_AUTHORITY, with the path.
 * @param path of PEM text, or several: all of their authorities are trusted
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `path` is no path.
 */
export function fileTrust(
  path: string | readonly string[],
  options: FileTrustOptions = {},
): TrustSource {
  knownOptions('fileTrust', options, ['pollMs', 'clock']);
  const { pollMs, clock = systemClock } = snapshot(options);
  return new FileTrust(
    checkPaths(path),
    numberOption('pollMs', pollMs, defaultPollMs, 1),
    new TimeSpan(clock),
  );
}

function checkPaths(given: unknown): readonly string[] {
  const paths: readonly unknown[] = Array.isArray(given) ? [...given] : [given];
  if (paths.some((path) => typeof path === 'string' && isMisplacedSecret(path))) {
    throw new TypeError(
      'fileTrust takes the path of a file, not PEM text, which is given as "tls.ca" itself.',
    );
  }
  const wrong = paths.find((path) => typeof path !== 'string' || path === '');
  if (paths.length > 0 && wrong === undefined && !paths.includes(undefined)) {
    return paths as readonly string[];
  }
  throw new TypeError(
    `fileTrust takes the path of a file, or a list of them, not ${paths.length === 0 ? 'an empty list' : describe(wrong)}.`,
  );
}

class FileTrust implements TrustSource {
  readonly name: string;
  readonly #paths: readonly string[];
  readonly #pollMs: number;
  /** For as long as what was read counts as the latest. */
  readonly #latest: TimeSpan;
  #held: Trust | undefined;
  #stamp = '';
  #refreshing: Promise<void> | undefined;
  /** How many looks in a row have left what is there for the next one. */
  #timesLeft = 0;

  constructor(paths: readonly string[], pollMs: number, latest: TimeSpan) {
    this.name = `authorities in ${paths.join(', ')}`;
    this.#paths = paths;
    this.#pollMs = pollMs;
    this.#latest = latest;
  }

  peek(): Trust {
    const held = this.#held;
    if (held !== undefined && !this.#latest.isOver()) return held;
    try {
      return this.#read(held !== undefined && this.#timesLeft < patientReads);
    } catch (error) {
      if (held === undefined) throw error;
      this.#keep(held, error);
      return held;
    }
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    try {
      await untilSettled((isPatient) => this.#read(isPatient));
    } catch (error) {
      if (this.#held === undefined) throw error;
      this.#keep(this.#held, error);
    }
  }

  #read(isPatient: boolean): Trust {
    const stamp = this.#stampAll(isPatient);
    if (this.#held === undefined || stamp !== this.#stamp) {
      const texts = this.#paths.map(readAuthorities);
      if (this.#stampAll(false) !== stamp) {
        throw stillWritten('ERR_TRUST_READ', this.#paths[0] ?? '');
      }
      this.#adopt(texts.join('\n'));
      this.#stamp = stamp;
    }
    this.#latest.begin(this.#pollMs);
    this.#timesLeft = 0;
    forgetFault(this);
    return this.#held as Trust;
  }

  #adopt(pem: string): void {
    const { generation, pem: before } = this.#held ?? { generation: 0 };
    if (pem === before) return;
    this.#held = Object.freeze({ generation: generation + 1, pem });
    if (generation > 0) publishRenewal(this, generation + 1);
  }

  #keep({ generation }: Trust, error: unknown): void {
    const isSoonOver = isStillWritten(error);
    this.#timesLeft = isSoonOver ? this.#timesLeft + 1 : 0;
    // Until then nobody need look, unless a server cannot be verified.
    this.#latest.begin(isSoonOver ? settledMs : this.#pollMs);
    if (!isSoonOver) publishKept(this, generation, error);
  }

  #stampAll(isPatient: boolean): string {
    const stamps = this.#paths.map((path) => {
      try {
        const stats = fs.statSync(path, { bigint: true });
        return stampOf(path, stats, { isPatient, code: 'ERR_TRUST_READ' });
      } catch (error) {
        throw unreadable('ERR_TRUST_READ', path, error);
      }
    });
    return stamps.join('\n');
  }
}

function readAuthorities(path: string): string {
  let pem: string;
  try {
    pem = fs.readFileSync(path, 'latin1');
  } catch (error) {
    throw unreadable('ERR_TRUST_READ', path, error);
  }
  const fault = authorityFault(pem);
  if (fault !== undefined) throw fileError('ERR_TRUST_AUTHORITY', path, fault);
  return pem;
}
