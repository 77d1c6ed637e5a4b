import { createHash } from 'node:crypto';

/** Returns what tells whether a secret is the one of before, and keeps nothing of it. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
