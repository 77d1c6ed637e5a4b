import { isTrustSource } from './connection-trust.js';
import type { BindOptions, TlsOptions } from './contract.js';
import { commonUse, type OptionUse, refuseOptions } from './option-use.js';
import { booleanOption, describe, knownOptions, numberOption } from './options.js';
import { readProxyUrl } from './proxy-address.js';
import { checkRefusedStatuses } from './refused-status.js';
import { snapshot, snapshotBody } from './snapshot.js';

/** The options of a binding with every default filled in. */
export interface CheckedBindOptions extends BindOptions {
  readonly replay: boolean;
  readonly allowInsecure: boolean;
  readonly refusedStatuses: readonly number[];
}

/**
 * Checks what a `bind…` function was given, and returns a snapshot of it: read nothing of `options` again. Call it first,
 * so that a wrong option fails when the binding is made.
 * @param caller name of the function, for the message
 * @param use what the binding does with each option
 * @throws {TypeError} naming the option that is unknown, has a nonsensical value, or cannot be honoured.
 */
export function checkBindOptions<Options extends BindOptions>(
  caller: string,
  options: Options,
  use: NoInfer<OptionUse<Options>> = commonUse as OptionUse<Options>,
): Options & CheckedBindOptions {
  knownOptions(caller, options, Object.keys(use));
  const given = snapshot(options);
  refuseOptions(caller, given, use);
  if (given.drainTimeoutMs !== undefined) {
    numberOption('drainTimeoutMs', given.drainTimeoutMs, 0);
  }
  if (given.proxy !== undefined) checkProxy(caller, given.proxy);
  return Object.assign(given, {
    tls: given.tls === undefined ? undefined : checkTlsOptions(caller, given.tls),
    replay: booleanOption('replay', given.replay, true),
    allowInsecure: booleanOption('allowInsecure', given.allowInsecure, false),
    refusedStatuses: checkRefusedStatuses(given.refusedStatuses),
  });
}

/** Quotes nothing: it may hold a password. */
function checkProxy(caller: string, proxy: unknown): void {
  if (typeof proxy !== 'string') {
    throw new TypeError(
      `Option "proxy" of ${caller} must be the URL of a proxy as text, not ${describe(proxy)}.`,
    );
  }
  const address = readProxyUrl(proxy);
  if ('fault' in address) {
    throw new TypeError(`Option "proxy" of ${caller} ${address.fault}.`);
  }
}

function checkTlsOptions(caller: string, tls: TlsOptions): TlsOptions {
  refuseOwnPair(caller, tls);
  knownOptions(`Option "tls" of ${caller}`, tls, [
    'ca',
    'servername',
    'rejectUnauthorized',
    'minVersion',
    'maxVersion',
  ]);
  const given = snapshot(tls);
  if (isTrustSource(given.ca)) return given;
  if (partsOf(given.ca).some(isPath)) {
    throw new TypeError(
      `Option "tls.ca" of ${caller} must be PEM text, and this is none. For a file write "fileTrust(path)", which follows it.`,
    );
  }
  if (isNoAuthority(given.ca)) {
    throw new TypeError(
      `Option "tls.ca" of ${caller} must be PEM text, a buffer, a list of them, or a trust source such as fileTrust makes, not ${describe(given.ca)}.`,
    );
  }
  return given.ca === undefined ? given : Object.assign(given, { ca: snapshotBody(given.ca) });
}

/** Where it is known from Node, it is looked for here. */
function refuseOwnPair(caller: string, tls: TlsOptions): void {
  const name = ['cert', 'key', 'pfx'].find((each) => Object.hasOwn(Object(tls), each));
  if (name === undefined) return;
  throw new TypeError(
    `Option "tls" of ${caller} has no option "${name}": a client certificate is a credential. The source returns it, as "fileSource({ certificate, privateKey })" does.`,
  );
}

const partsOf = (ca: unknown): readonly unknown[] => (Array.isArray(ca) ? ca : [ca]);

/** Node passes over text without a certificate, and trusts nobody or the authorities of the system. */
function isPath(ca: unknown): boolean {
  return typeof ca === 'string' && ca !== '' && !ca.includes('-----BEGIN ');
}

/** A trust source without its method, for one: Node would say nothing of it, and trust the authorities of the system. */
function isNoAuthority(ca: unknown): boolean {
  return typeof ca === 'object' && ca !== null && !Array.isArray(ca) && !ArrayBuffer.isView(ca);
}
