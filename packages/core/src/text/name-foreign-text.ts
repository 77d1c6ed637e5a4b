/**
 * Names what a text is that cannot be JSON or YAML, such as "an HTML page", from its beginning; undefined when it may be.
 * No reader need be tried on it, and whoever reads the error sees what happened.
 */
export function nameForeignText(text: string): string | undefined {
  const start = text.slice(0, sampleLength);
  if (text.includes('\0')) {
    return isHalfZero(start) ? 'UTF-16 without a byte order mark' : 'binary data';
  }
  if (
    /^\s*(?:<!--[^>]{0,400}-->\s*)?<(?:!doctype\s+html|html|head|body|script|meta)\b/i.test(start)
  ) {
    return 'an HTML page';
  }
  if (/^\s*<(?:\?xml\b|!|[a-z][\w:.-]{0,60}(?:\s|\/?>))/i.test(start)) return 'XML or HTML';
  const [, label] = /^\s*-----BEGIN ([A-Z][A-Z0-9 ]{0,40})-----/.exec(start) ?? [];
  if (label !== undefined) return `PEM text (${label.toLowerCase()})`;
  if (/^HTTP\/\d/.test(start)) return 'an answer of an HTTP server, with its headers';
  const strange = start.match(unprintable)?.length ?? 0;
  return strange > start.length / 10 ? 'binary data' : undefined;
}

const sampleLength = 4_096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: no text has them, and no decoder leaves U+FFFD in one.
const unprintable = /[\u0001-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffd]/g;

/** Every other byte of plain text in UTF-16 is zero. */
function isHalfZero(text: string): boolean {
  return (text.match(/[\0][^\0]|[^\0][\0]/g)?.length ?? 0) >= text.length * 0.4;
}
