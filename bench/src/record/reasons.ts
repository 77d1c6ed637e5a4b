import type { BudgetLine } from '../section.js';

/** Why a rate falls short where it does. The page on performance tells how that was found. */
const whyOfClient: Readonly<Record<string, string>> = {
  axios:
    "The token must stand in no configuration of the caller's and behind no answer: each request copies the one and cleans the other, a hundredth each.",
  got: 'got awaits a hook of ours before and after each request, and makes new options for it.',
  https:
    'A promise, a look at the status and the search for an Authorization are ours; a shorter pool name mostly makes up for them.',
  undici:
    "The clock is read, the caller's options are copied for the header, and each status is looked at before the caller sees it. The first two alone cost 1 %.",
  fetch:
    'A promise, four objects, the header and a look at the status are ours: two or three hundredths.',
  'undici.fetch': 'A promise, four objects, the header and a look at the status for each request.',
  'grpc-js':
    'gRPC has no hook before a call is opened, so a call of ours stands before each of its own and keeps the request for a replay: two or three hundredths.',
};

const whyOfTenLines =
  'In parts, on Node 20: five files read and compiled 7 %, the first wiring by inversify 2.5 %, the first request 3.5 %. What they leave on the heap lies at the size at which V8 begins to collect the old space, in other threads; where it does, that is 3 to 5 % more.';
const whyOfRun =
  'Core and the exec source are read, parsed and run once, some 270 kB in nine files, a third of it the container; and a guard, which is a second process, stands beside the plugin.';
const whyOfImport =
  'Measured where an empty Node takes 125 ms of a processor. Two files, of 83 kB and 113 kB, are read, compiled and run once; compiling them is 13 ms. The larger one is the container, which wires every manager.';
const whyOfPlugin =
  'The plugin is looked up on PATH and starts in a session of its own; the guard is told of it, and what it prints is limited, looked through for secrets and read: about a millisecond for each run.';

/** Returns why `line` may be missed, as far as it is known. */
export function reasonFor({ what }: BudgetLine): string {
  const [, client = ''] = /^request rate, (\S+) bound/.exec(what) ?? [];
  if (what.startsWith("whole process, README's ten lines")) return whyOfTenLines;
  if (what.startsWith('whole process')) return whyOfRun;
  if (what.startsWith('import @keyturn')) return whyOfImport;
  if (what.startsWith('plugin that')) return whyOfPlugin;
  return whyOfClient[client] ?? 'not known';
}
