import { expect, it } from 'vitest';
import { isCertificateRefusal } from './certificate-refusal.js';

it.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '', true],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', '', true],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', '', true],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '', true],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '', true],
  [
    'EPROTO',
    'error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:SSL alert number 48',
    true,
  ],
  [
    'EPROTO',
    'error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:SSL alert number 40',
    false,
  ],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', '', false],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', '', false],
  ['ECONNRESET', 'socket hang up', false],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', false],
  ['CERT_HAS_EXPIRED', 'certificate has expired', false],
])('a refused certificate is told by its alert: %s %s', (code, message, expected) => {
  expect(isCertificateRefusal(alert(code, message))).toBe(expected);
  expect(isCertificateRefusal(new Error('wrapped', { cause: alert(code, message) }))).toBe(
    expected,
  );
});

function alert(code: string, message: string = code): Error {
  return Object.assign(new Error(message), { code });
}
