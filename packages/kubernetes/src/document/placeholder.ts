import { quoted } from '@keyturn/core/binding';

/**
 * Finds what a template or a script should have filled in, such as `${SERVER}`, `{{ server }}` or `<server>`, and says
 * so; undefined where there is none.
 * @returns a phrase that follows the name of a field, with what to do.
 */
export function unfilled(text: string): string | undefined {
  const [found] = anywhere.exec(text) ?? [];
  if (found === undefined) return undefined;
  return `holds ${quoted(found)}, which was never filled in. Replace it with its value`;
}

/** The same for a field that may hold a secret: nothing of it is repeated, and a part of it may look like anything. */
export function unfilledSecret(text: string): string | undefined {
  if (/^(?:REDACTED|DATA\+OMITTED)$/.test(text)) {
    return 'was left out by "kubectl config view". Write the file with "kubectl config view --raw"';
  }
  return whole.test(text)
    ? 'is a placeholder that was never filled in. Replace it with its value'
    : undefined;
}

const anywhere =
  /\$\{[^}]{0,60}\}|\$\([^)]{0,60}\)|\{\{.{0,60}?\}\}|<[^<>]{1,60}>|\$[A-Z][A-Z0-9_]+/;
const whole =
  /^(?:\$\{\w+\}|\$\(\w+\)|\{\{[^{}]*\}\}|<[\w .-]+>|\$[A-Z][A-Z0-9_]*|%[A-Z][A-Z0-9_]*%)$/;
