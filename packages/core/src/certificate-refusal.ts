import { isInChain } from './cause-chain.js';

/** Tells whether `error`, or what caused it, says that the server refused the client certificate. Never throws. */
export function isCertificateRefusal(error: unknown): boolean {
  return isInChain(error, ({ code, message }) => {
    if (code === 'EPROTO') return typeof message === 'string' && certificateAlert.test(message);
    if (typeof code !== 'string' || !code.startsWith('ERR_SSL_')) return false;
    return certificateAlert.test(code.replaceAll('_', ' '));
  });
}

// Alerts that a peer sends about a client certificate and about nothing else. "handshake failure" and a plain
// connection reset are not among them: they have many other causes.
const certificateAlert =
  /alert[ _](?:number 4[2-9]|bad certificate|unsupported certificate|certificate (?:revoked|expired|unknown|required)|unknown ca|access denied)/i;
