/** A text with what its bytes said about it. */
export interface DecodedText {
  /** Without byte order marks. */
  readonly text: string;
  /** Whether a byte order mark stood before it. */
  readonly isMarked: boolean;
}

/**
 * Decodes UTF-8, and UTF-16 in either byte order where a byte order mark says so, as kubectl does: the redirection of
 * Windows PowerShell writes that. A second mark is passed over. What is no character becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return withoutMarks(encoded(buffer));
}

/** Passes over the marks at the start of a text that is decoded already. */
export function withoutMarks(text: string): DecodedText {
  const marks = /^\ufeff{0,2}/.exec(text)?.[0].length ?? 0;
  return { text: text.slice(marks), isMarked: marks > 0 };
}

function encoded(buffer: Buffer): string {
  const mark = buffer.length < 2 ? 0 : buffer.readUInt16BE(0);
  if (mark === 0xfffe) return buffer.toString('utf16le');
  if (mark !== 0xfeff) return buffer.toString('utf8');
  // A copy, because the bytes are somebody else's; half a character at the end is left out.
  return Buffer.from(buffer.subarray(0, buffer.length & ~1))
    .swap16()
    .toString('utf16le');
}
