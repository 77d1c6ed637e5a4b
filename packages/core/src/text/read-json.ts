import { type StructureLimits, scanJson } from './structure.js';

/** What a JSON text holds, or what it is instead, to be put behind "printed". */
export type JsonReading =
  | { readonly value: unknown }
  | { readonly fault: string; readonly excess: 'depth' | 'marks' | undefined };

/**
 * Reads a text that begins with a brace as the one JSON object that it should be. Depth and size are judged before it is
 * parsed, and no fault quotes it.
 */
export function readJson(text: string, limits: StructureLimits): JsonReading {
  const { end, excess } = scanJson(text, limits);
  if (excess === 'marks') return { fault: `${byteCount(text)} of JSON, far too much`, excess };
  if (excess === 'depth') {
    return { fault: `JSON that nests deeper than ${limits.maxDepth} levels`, excess };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The SyntaxError quotes what it could not read, which may be the token.
    return { fault: describeBroken(text, end), excess };
  }
}

function describeBroken(text: string, end: number | undefined): string {
  if (end === undefined) return 'JSON that breaks off before its end';
  const rest = text.slice(end).trim();
  if (rest === '') return 'text that is not valid JSON';
  if (rest.startsWith('{')) return 'more than one JSON object; it must print one';
  return `${byteCount(rest)} of text after the JSON, which must stand alone on stdout`;
}

/** Tells how long a text is, as `1 byte` or `5 bytes`. */
export function byteCount(text: string): string {
  const length = Buffer.byteLength(text);
  return length === 1 ? '1 byte' : `${length} bytes`;
}
