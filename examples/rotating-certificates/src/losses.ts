import type { Posts } from './post.js';
import type { Ledger } from './server.js';

/** Says what was lost or came twice, one line each; nothing where all is well. */
export function lossesOf(ledger: Ledger, events: readonly number[], posts: Posts): string[] {
  return [
    ...posts.failures,
    ...differences('event', countTo(ledger.events), events),
    ...differences('POST', countTo(posts.sent), ledger.posts),
  ];
}

function countTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

function differences(what: string, sent: readonly number[], arrived: readonly number[]): string[] {
  const counts = new Map<number, number>();
  for (const number of arrived) counts.set(number, (counts.get(number) ?? 0) + 1);
  return sent
    .filter((number) => counts.get(number) !== 1)
    .map((number) => `${what} ${number} arrived ${counts.get(number) ?? 0} times`);
}
