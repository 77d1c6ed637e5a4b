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
  'Counted in instructions on Node 24: the container 5.5 %, half of it inversify being compiled as it wires the first manager; ten files where one would do 4 %, and more in other threads; the exec source, which the registry stands on, 2 %; core, https and the binding with what the first request does 5 %.';
const whyOfRun =
  'Measured with 8 to 16 programs at two processors, where an empty Node took 125 ms. Core and the exec source are read, parsed and run once, some 270 kB in nine files, a third of it the container; and a guard, which is a second process, stands beside the plugin.';
const whyOfPlugin =
  'The plugin is looked up on PATH and starts in a session of its own; the guard is told of it, and what it prints is limited, looked through for secrets and read: about a millisecond for each run.';

/** Returns why `line` may be missed, as far as it is known. */
export function reasonFor({ what }: BudgetLine): string {
  const [, client = ''] = /^request rate, (\S+) bound/.exec(what) ?? [];
  if (what.startsWith("whole process, README's ten lines")) return whyOfTenLines;
  if (/^(?:whole process|import @keyturn)/.test(what)) return whyOfRun;
  if (what.startsWith('plugin that')) return whyOfPlugin;
  return whyOfClient[client] ?? 'not known';
}
