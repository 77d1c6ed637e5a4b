/** What people need to read in an error, told from what may be a secret: names, paths, regions, account ids, `true`. */

/** Tells whether something called `name` holds a secret: `clientKeyData`, `AWS_SESSION_TOKEN`, `--client-secret`. */
export function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
  return !aboutSecrets.test(words.at(-1) ?? '') && words.some((word) => secretWord.test(word));
}

const secretWord =
  /^(?:.*(?:token|secret|password|passwd|passphrase|apikey|accesskey|privatekey|secretkey)|pass|pwd|credential|key|certificate|authorization|cookie|signature|assertion|jwt|otp|pat|bearer|pin|seed|sas)s?$/;

// The last word says what it is about: an id, a place, a number, a choice.
const aboutSecrets =
  /^(?:ids?|files?|paths?|dirs?|directory|folder|url|uri|endpoint|host|types?|names?|cache|mode|ttl|timeout|expiry|expires|expiration|timestamp|seconds|ms|lifetime|duration|size|length|count|profile|region|provider|issuer|audience|scopes?|method|algorithm|version|process|source|store|backend|helper|plugin|format|enabled|disabled|required|interactive)$/;

/** Tells whether a value is no secret, whatever its name says: a literal, a path, a URL without a password. */
export function isOrdinaryValue(value: string): boolean {
  return (
    /^(?:|true|false|yes|no|on|off|null|nil|none|undefined|\[redacted])$/i.test(value) ||
    isPath(value) ||
    /^[a-z][a-z\d+.-]{0,20}:\/\/[^\s@?#]*$/i.test(value)
  );
}

/** Tells whether a word is a path whose parts are names. Base64 may begin with a slash, too. */
export function isPath(word: string): boolean {
  if (!/^(?:~|\.{1,2})?\/|^[A-Za-z]:[\\/]/.test(word)) return false;
  return word
    .split(/[\\/]+/)
    .every((part) => isName(part) || /^\.?[a-f\d]{32,64}(?:\.\w{1,8})?$/.test(part));
}

/**
 * Tells whether a word is what people and clouds call things: `eu-central-1`, `team-prod`, `123456789012`, `AccessDenied`,
 * a UUID. Base64, hexadecimal digits and the like are not.
 */
export function isName(word: string): boolean {
  if (/^[a-f\d]{8}(?:-[a-f\d]{4}){3}-[a-f\d]{12}$/i.test(word)) return true;
  return word.split(/[-_.:@]+/).every((part) => namePart.test(part) && turns(part) < 3);
}

const namePart =
  /^(?:[A-Za-z]{0,40}|\d{1,12}|[A-Za-z]{1,16}\d{1,4}(?:[a-z]{1,8}\d{0,2})?|\d{1,4}[a-z]{1,3})$/;

/** How often small letters turn to capitals. */
function turns(word: string): number {
  return word.match(/[a-z][A-Z]/g)?.length ?? 0;
}
