/**
 * Says what keeps OpenSSL from reading every certificate of `pem`, in a phrase that follows the name of a field or a file;
 * undefined where nothing does.
 *
 * OpenSSL reads from line to line, stops at the first certificate that it cannot read, and says nothing. The first
 * request would fail then, because the server is signed by somebody whom nobody knows. Text on lines of its own is none of
 * its business, nor of ours.
 */
export function authorityFault(pem: string): string | undefined {
  let start = pem.indexOf(begin);
  if (start === -1) return foreignFault(pem);
  for (let place = 1; start !== -1; place += 1) {
    const next = pem.indexOf(begin, start + 1);
    const which = place === 1 && next === -1 ? 'its certificate' : `its certificate no. ${place}`;
    const before = pem.slice(pem.lastIndexOf('\n', start - 1) + 1, start);
    if (before !== '') return `${faultBefore(before, which)}. ${beginsLine}`;
    if (!isReadable(pem.slice(start, next === -1 ? undefined : next))) {
      return `holds what OpenSSL cannot read: ${which} is cut or damaged. Copy it once more, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----"`;
    }
    start = next;
  }
  return undefined;
}

const begin = '-----BEGIN CERTIFICATE-----';

const beginsLine =
  'Its "-----BEGIN CERTIFICATE-----" has to begin a line, else OpenSSL passes over it';

function faultBefore(before: string, which: string): string {
  // A mark in UTF-8, read as Latin-1 or as what it is.
  if (/^(?:\ufeff|ï»¿)+$/.test(before)) return `has a byte order mark before ${which}`;
  if (before.includes('\r')) return `has line breaks that OpenSSL does not know before ${which}`;
  return /^[ \t]+$/.test(before)
    ? `has blanks before ${which} on the same line`
    : `has text before ${which} on the same line`;
}

function foreignFault(text: string): string {
  const holds = (what: string, advice: string): string =>
    `holds no PEM certificate that can be read: it is ${what}. ${advice}`;
  if (text.trim() === '')
    return 'is empty. Put the certificate of the authority there, as PEM text';
  if (text.includes('PRIVATE KEY-----')) {
    return holds('a private key', 'Put the certificate of the authority in its place');
  }
  if (text.startsWith('0\x82') || text.startsWith('0\x81')) {
    return holds('DER', 'Convert it with "openssl x509 -inform der"');
  }
  if (text.includes('\0')) return holds('UTF-16 or binary data', 'Save it as PEM text in UTF-8');
  if (Buffer.from(text, 'base64').includes('-----BEGIN ')) {
    return holds('base64 of it', 'It is encoded once too often; decode it once');
  }
  return 'holds no PEM certificate that can be read. Put the certificate of the authority there, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----"';
}

function isReadable(block: string): boolean {
  // Loaded with the first authority, as programs without one need none of it.
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
