import { fail } from 'node:assert/strict';
import { inspect } from 'node:util';
import { findSecret } from './find-secret.js';

/**
 * Fails when `thing` shows one of `secrets` however it is printed, and says where it stands.
 * @param name of the thing in the message, such as `answer`.
 */
export function showsNone(
  secrets: readonly string[],
  thing: unknown,
  name: string = 'thing',
): void {
  for (const [how, text] of Object.entries(printed(thing))) {
    const shown = secrets.find((secret) => text.includes(secret));
    if (shown === undefined) continue;
    const path = findSecret([shown], thing, name);
    const where = path === undefined ? around(text, shown) : `it stands in ${path}`;
    fail(`A secret is shown by ${how}: ${where}.`);
  }
}

/** What stands before a secret, for a text that is made only when somebody prints. */
function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return `behind ${JSON.stringify(text.slice(Math.max(0, at - 60), at))}`;
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
