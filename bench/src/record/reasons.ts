import type { BudgetLine } from '../section.js';

/** Why a rate falls short where it does. The page on performance tells how that was found. */
const whyOfClient: Readonly<Record<string, string>> = {
  axios:
    "The token must stand in no configuration of the caller's, so each request copies it, and each answer hides its request: 15 µs beside 300.",
  got: 'got awaits a hook of ours before and after each request, and makes new options for it.',
  https:
    'A promise, a look at the status and the search for an Authorization are ours; a shorter pool name mostly makes up for them.',
  undici:
    'Something has to look at each status before the caller does: 2 µs beside 40, whatever it is made of.',
  fetch:
    'A promise, three objects and a look at the status for each request: 4 µs beside 90 to 200.',
  'grpc-js':
    'gRPC has no hook before a call is opened, so a call of ours stands before each of its own and can be sent again: 10 µs beside 180.',
};

const whyOfCore = 'Thirty-five files of our own, each of which is found, read and compiled.';

/** Returns why `line` may be missed, as far as it is known. */
export function reasonFor({ what }: BudgetLine): string {
  const [, client = ''] = /^request rate, (\S+) bound/.exec(what) ?? [];
  if (what.startsWith('import @keyturn/core ÷')) return whyOfCore;
  return whyOfClient[client] ?? 'not known';
}
