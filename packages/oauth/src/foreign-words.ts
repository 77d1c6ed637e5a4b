import { oneLine } from '@keyturn/core/binding';
import { hideSecrets, redacted } from '@keyturn/core/text';

// An `error_description` is a sentence or two. Nothing is cut before secrets are looked for: half of one would be found no more.
const longestRead = 16_384;
const longestShown = 300;
// `hideSecrets` takes short ones for words; of these it is known what they are.
const shortestSecret = 4;

/**
 * Returns what the server says, safe to be shown: without the secrets that it was sent, however it writes them, without anything that
 * looks like a token of its own, in one line and shortened.
 */
export function foreignWords(text: string, secrets: Iterable<string>): string {
  if (text.length > longestRead) return `a text of ${text.length} characters`;
  let whole = text;
  for (const secret of secrets)
    if (secret.length >= shortestSecret) whole = whole.replaceAll(secret, redacted);
  const hidden = hideSecrets(whole, secrets).replace(jwt, redacted);
  const shown = oneLine(hidden.trim());
  return shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown;
}

const jwt = /\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g;
