import { ok } from 'node:assert/strict';
import { inspect } from 'node:util';

/** Fails when `thing` shows one of `secrets` however it is printed. */
export function showsNone(secrets: readonly string[], thing: unknown): void {
  for (const [how, text] of Object.entries(printed(thing))) {
    ok(!secrets.some((secret) => text.includes(secret)), `A secret is shown by ${how}.`);
  }
}

/** Everything a program is likely to do with a thing before it ends up in a log. */
function printed(thing: unknown): Readonly<Record<string, string>> {
  const entirely = { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null };
  return {
    'util.inspect': inspect(thing),
    'util.inspect of everything': inspect(thing, entirely),
    // As console.dir and console.table print: what only redacts itself does not help there.
    'console.dir of everything': inspect(thing, { ...entirely, customInspect: false }),
    'JSON.stringify': safeJson(thing),
    'JSON.stringify of a copy': safeJson({ ...(thing as object) }),
    'its stack': String((thing as { stack?: unknown } | undefined)?.stack),
  };
}

function safeJson(thing: unknown): string {
  try {
    return JSON.stringify(thing) ?? '';
  } catch {
    // A circular structure cannot be turned into JSON, with or without us.
    return '';
  }
}
