import type { KeyObject } from 'node:crypto';
import { type KeyType, makePair, type Pair } from './certificates.js';
import { answer, type Trial } from './trial.js';

const dayMs = 86_400_000;

/** Key pairs that a plugin can print. */
export async function pairOutputs(): Promise<readonly Trial[]> {
  const now = Date.now();
  const [p256, other, rsa, expired, future] = await Promise.all([
    makePair('P-256'),
    makePair('P-256'),
    makePair('RSA'),
    makePair('P-256', { notBefore: now - 2 * dayMs, notAfter: now - dayMs }),
    makePair('P-256', { notBefore: now + dayMs, notAfter: now + 2 * dayMs }),
  ]);
  return [
    ...keyForms('P-256', p256, 'sec1'),
    ...keyForms('RSA', rsa, 'pkcs1'),
    ...(await otherTypes()),
    ...textForms(p256),
    ...chains(p256, other),
    ...mismatches(p256, other, rsa),
    ...encryptedKeys(p256, rsa),
    ...incomplete(p256),
    printed('an expired certificate', expired.certificate, pkcs8(expired.key)),
    printed('a certificate of tomorrow', future.certificate, pkcs8(future.key)),
  ];
}

function printed(name: string, certificate: unknown, key: unknown, core = false): Trial {
  const output = answer({ clientCertificateData: certificate, clientKeyData: key });
  return { name: `pair: ${name}`, output, core };
}

function keyForms(type: KeyType, { certificate, key }: Pair, form: 'sec1' | 'pkcs1'): Trial[] {
  const older = pem(key, form);
  return [
    printed(`${type}, PKCS#8`, certificate, pkcs8(key), true),
    printed(`${type}, ${form}`, certificate, older),
    printed(`${type}, under a wrong label`, certificate, relabelled(older, 'PRIVATE KEY')),
    printed(
      `${type}, PKCS#8 under the older label`,
      certificate,
      relabelled(pkcs8(key), labelOf(older)),
    ),
    printed(
      `${type}, under a label of its own`,
      certificate,
      relabelled(pkcs8(key), 'MY PRIVATE KEY'),
    ),
    printed(
      `${type}, under the label of another type`,
      certificate,
      relabelled(older, form === 'sec1' ? 'RSA PRIVATE KEY' : 'EC PRIVATE KEY'),
    ),
  ];
}

async function otherTypes(): Promise<Trial[]> {
  const types = ['P-384', 'P-521', 'Ed25519'] as const;
  const pairs = await Promise.all(types.map((type) => makePair(type)));
  return pairs.map(({ certificate, key }, index) =>
    printed(`${types[index]}, PKCS#8`, certificate, pkcs8(key), types[index] === 'Ed25519'),
  );
}

/** Ways to write the same pair. */
function textForms({ certificate, key }: Pair): Trial[] {
  const text = pkcs8(key);
  const blob = `${certificate}${text}`;
  const parameters =
    '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const inBase64 = (pemText: string): string => Buffer.from(pemText).toString('base64');
  const body = (pemText: string): string => pemText.replace(/-----.*-----\n/g, '');
  const both = (name: string, write: (pemText: string) => string, core = false): Trial =>
    printed(name, write(certificate), write(text), core);
  return [
    printed('EC PARAMETERS before the key', certificate, parameters + pem(key, 'sec1')),
    both('Windows line ends', (pemText) => pemText.replaceAll('\n', '\r\n')),
    both('old Mac line ends', (pemText) => pemText.replaceAll('\n', '\r')),
    both('text around the blocks', (pemText) => `Bag Attributes\n${pemText}Thank you.\n`),
    both('spaces after the lines', (pemText) => pemText.replaceAll('\n', '  \n')),
    both('spaces before the lines', (pemText) => pemText.replaceAll(/^/gm, '  ')),
    both('empty lines inside', (pemText) => pemText.replaceAll('\n', '\n\n')),
    both('no line break at the end', (pemText) => pemText.trimEnd()),
    both('the body on one line', onOneLine),
    both('all on one line', (pemText) => pemText.replaceAll('\n', '')),
    both('lines of 200', (pemText) => rewrapped(pemText, 200)),
    both('a header', (pemText) => pemText.replace('-----\n', '-----\nColour: red\n\n')),
    both('a byte order mark', (pemText) => `\ufeff${pemText}`),
    both('no end', (pemText) => pemText.replace(/-----END[\s\S]*/, '')),
    both('base64 instead of PEM', inBase64, true),
    both('base64 without the lines around it', body),
    both('line breaks as \\n', (pemText) => pemText.replaceAll('\n', '\\n')),
    both('a broken body', (pemText) => pemText.replace(/\n./, '\n*')),
    both('an empty body', (pemText) => pemText.replace(body(pemText), '')),
    both('both in both', () => blob),
    both('both in both, the key first', () => text + certificate),
    printed('a trusted certificate', relabelled(certificate, 'TRUSTED CERTIFICATE'), text),
    printed('an X509 certificate', relabelled(certificate, 'X509 CERTIFICATE'), text),
    printed(
      'a broken block first',
      `-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n${certificate}`,
      text,
    ),
  ];
}

function chains(leaf: Pair, other: Pair): Trial[] {
  const key = pkcs8(leaf.key);
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  return [
    printed('a chain', leaf.certificate + other.certificate, key),
    printed('a chain with the leaf last', other.certificate + leaf.certificate, key),
    printed('the leaf twice', leaf.certificate + leaf.certificate, key),
    printed('a chain that ends in garbage', leaf.certificate + garbage, key),
    printed(
      'a chain with another label inside',
      `${leaf.certificate}${relabelled(garbage, 'X509 CRL')}${other.certificate}`,
      key,
    ),
    printed('two keys, the right one first', leaf.certificate, key + pkcs8(other.key)),
    printed(
      'a public key before the key',
      leaf.certificate,
      relabelled(garbage, 'PUBLIC KEY') + key,
    ),
  ];
}

function mismatches(pair: Pair, other: Pair, rsa: Pair): Trial[] {
  const key = pkcs8(pair.key);
  return [
    printed('the key of another certificate', other.certificate, key, true),
    printed('a key of another type', rsa.certificate, key),
    printed('swapped', key, pair.certificate),
    printed('the certificate twice', pair.certificate, pair.certificate),
  ];
}

function encryptedKeys(pair: Pair, rsa: Pair): Trial[] {
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem' } as const;
  return [
    printed(
      'an encrypted key, PKCS#8',
      pair.certificate,
      pair.key.export({ type: 'pkcs8', ...cipher }),
    ),
    printed(
      'an encrypted key, SEC 1',
      pair.certificate,
      pair.key.export({ type: 'sec1', ...cipher }),
    ),
    printed(
      'an encrypted key, PKCS#1',
      rsa.certificate,
      rsa.key.export({ type: 'pkcs1', ...cipher }),
    ),
  ];
}

function incomplete({ certificate, key }: Pair): Trial[] {
  const together = (name: string, status: object, core = false): Trial => ({
    name: `pair: ${name}`,
    output: answer(status),
    core,
  });
  const pair = { clientCertificateData: certificate, clientKeyData: pkcs8(key) };
  return [
    printed('a certificate only', certificate, undefined, true),
    printed('a key only', undefined, pkcs8(key)),
    printed('a key of null', certificate, null),
    printed('a number as key', certificate, 1),
    printed('white space as certificate', '\n', pkcs8(key)),
    together('a token beside it', { token: 'a-token', ...pair }, true),
    together('a token beside a certificate only', {
      token: 'a-token',
      clientCertificateData: certificate,
    }),
    together('a token beside a broken pair', {
      token: 'a-token',
      clientCertificateData: 'x',
      clientKeyData: 'y',
    }),
    together('an expiry beside it', { ...pair, expirationTimestamp: '2099-01-02T15:04:05Z' }),
  ];
}

function pkcs8(key: KeyObject): string {
  return pem(key, 'pkcs8');
}

function pem(key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1'): string {
  return key.export({ type, format: 'pem' } as { type: 'pkcs8'; format: 'pem' }) as string;
}

function labelOf(text: string): string {
  return /-----BEGIN (.*)-----/.exec(text)?.[1] ?? '';
}

function relabelled(text: string, label: string): string {
  return text.replaceAll(labelOf(text), label);
}

function onOneLine(text: string): string {
  return rewrapped(text, Number.POSITIVE_INFINITY);
}

function rewrapped(text: string, width: number): string {
  const [first = '', ...rest] = text.trim().split('\n');
  const body = rest.slice(0, -1).join('');
  const lines =
    width === Number.POSITIVE_INFINITY
      ? [body]
      : (body.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
  return [first, ...lines, rest.at(-1), ''].join('\n');
}
