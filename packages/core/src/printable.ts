import { hideMisplaced } from './misplaced-secret.js';

/**
 * Makes a text of somebody else safe to print: every character that could steer a terminal, or hide or turn around what
 * stands beside it, is spelled out, ESC as `U+001B`.
 *
 * Letters, marks, numbers, punctuation, symbols, spaces, tabs and line breaks stay; a Windows line break becomes a plain
 * one. What goes: C0 and C1 controls with carriage return and backspace, bidirectional overrides, invisible and private
 * characters, halves of surrogate pairs.
 */
export function printable(text: string): string {
  // Nearly every message is plain ASCII, and needs no second look.
  if (/^[\n\t\x20-\x7e]*$/.test(text)) return text;
  return text
    .replaceAll('\r\n', '\n')
    .replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\t\n]/gu, spellOut);
}

/**
 * The same for a name, which has no line breaks of its own and is cut where nobody reads on. A key or a JWT that somebody has put
 * there by mistake shows how it begins, and no more.
 */
export function oneLine(name: string): string {
  const start = hideMisplaced(name.slice(0, longestName + 1));
  const shown = printable(start.replace(/[\t\n\r]/g, spellOut));
  return shown.length > longestName ? `${shown.slice(0, longestName)}…` : shown;
}

/** Names a thing in a sentence, in double quotes. */
export function quoted(name: string): string {
  return `"${oneLine(name)}"`;
}

// The longest path that Linux knows. Nothing else that has a name comes near it.
const longestName = 4_096;

function spellOut(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
