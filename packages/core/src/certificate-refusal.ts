/** Tells whether `error`, or what caused it, says that the server refused the client certificate. Never throws. */
export function isCertificateRefusal(error: unknown): boolean {
  try {
    return saysCertificateRefused(error);
  } catch {
    // A proxy, or a getter, that throws when it is looked at: the caller is to get that error, and no other.
    return false;
  }
}

// Alerts that a peer sends about a client certificate and about nothing else. "handshake failure" and a plain
// connection reset are not among them: they have many other causes.
const certificateAlert =
  /alert[ _](?:number 4[2-9]|bad certificate|unsupported certificate|certificate (?:revoked|expired|unknown|required)|unknown ca|access denied)/i;

function saysCertificateRefused(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, message, cause } = current as {
      readonly code?: unknown;
      readonly message?: unknown;
      readonly cause?: unknown;
    };
    if (
      typeof code === 'string' &&
      code.startsWith('ERR_SSL_') &&
      certificateAlert.test(code.replaceAll('_', ' '))
    ) {
      return true;
    }
    if (code === 'EPROTO' && typeof message === 'string' && certificateAlert.test(message))
      return true;
    current = cause;
  }
  return false;
}
