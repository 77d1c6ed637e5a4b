import type { Fields } from '../document/fields.js';

/** Headers of each request, by name. */
export type Headers = Readonly<Record<string, string>>;

const names = ['as', 'as-uid', 'as-groups', 'as-user-extra'] as const;

/**
 * Reads as whom a user acts: the headers by which an API server is told. Undefined where the user is nobody but itself.
 *
 * A credential has one header of a name, so one group, and one value of each extra, is what can be asked for.
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD, ERR_KUBECONFIG_UNSUPPORTED for several groups, and without a name.
 */
export function readImpersonation(fields: Fields): Headers | undefined {
  const asked = names.filter((name) => fields.isGiven(name));
  if (asked.length === 0) return undefined;
  const as = sendable(fields, 'as', fields.text('as'));
  if (as === undefined) {
    throw fields.problem(
      asked[0] ?? 'as',
      'stands without "as", and to act as part of somebody is not supported. Name there whom to act as',
      'ERR_KUBECONFIG_UNSUPPORTED',
    );
  }
  const uid = sendable(fields, 'as-uid', fields.text('as-uid'));
  const group = single(fields, 'as-groups', fields.texts('as-groups'));
  return {
    'Impersonate-User': as,
    ...(uid !== undefined && { 'Impersonate-Uid': uid }),
    ...(group !== undefined && { 'Impersonate-Group': group }),
    ...readExtra(fields),
  };
}

function readExtra(fields: Fields): Headers {
  const extra = fields.object('as-user-extra');
  const headers: Record<string, string> = {};
  for (const key of extra?.names() ?? []) {
    const value = extra === undefined ? undefined : single(extra, key, extra.texts(key));
    if (value !== undefined) headers[`Impersonate-Extra-${escapeKey(key)}`] = value;
  }
  return headers;
}

function single(fields: Fields, name: string, values: readonly string[]): string | undefined {
  if (values.length > 1) {
    throw fields.problem(
      name,
      'has several values, each of which would need a header of its own, and that is not supported. Leave one',
      'ERR_KUBECONFIG_UNSUPPORTED',
    );
  }
  if (values[0] === '') throw fields.problem(name, 'holds an empty text. Remove it');
  return sendable(fields, name, values[0]);
}

/** What Node takes in a header. Checked here so that the error can name the field. */
function sendable(fields: Fields, name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[\t\x20-\x7e]*$/.test(text)) return text;
  throw fields.problem(
    name,
    'holds a line break or another character that cannot stand in an HTTP header. Remove it',
  );
}

/** As client-go writes it: what cannot stand in the name of a header, byte by byte. */
function escapeKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[!#$&'*+\-.^_`|~0-9A-Za-z]/.test(letter)
        ? letter
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
