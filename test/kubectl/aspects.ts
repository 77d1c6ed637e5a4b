import type { Observation } from './observation.js';

/** What is compared. */
export type Aspect =
  | 'number of plugin runs'
  | 'KUBERNETES_EXEC_INFO'
  | 'arguments, environment and directory of the plugin'
  | 'requests that arrived'
  | 'step of the refusal'
  | "the plugin's stderr";

type Look = (observation: Observation) => unknown;

const always: readonly (readonly [Aspect, Look])[] = [
  ['number of plugin runs', ({ runs }) => runs.length],
  ['requests that arrived', ({ arrivals }) => arrivals],
  ['step of the refusal', ({ refusal }) => refusal?.step],
];

// Of the first run: whether there are more is a question of its own.
const whereBothRan: readonly (readonly [Aspect, Look])[] = [
  ['KUBERNETES_EXEC_INFO', ({ runs }) => runs[0]?.execInfo],
  [
    'arguments, environment and directory of the plugin',
    ({ runs: [first] }) => first && [first.args, first.environment, first.directory],
  ],
  ["the plugin's stderr", ({ forwarded }) => forwarded],
];

/** Lists in what two observations of the same trial differ. */
export function differences(kubectl: Observation, keyturn: Observation): readonly Aspect[] {
  const bothRan = kubectl.runs.length > 0 && keyturn.runs.length > 0;
  return [...always, ...(bothRan ? whereBothRan : [])]
    .filter(([, look]) => JSON.stringify(look(kubectl)) !== JSON.stringify(look(keyturn)))
    .map(([aspect]) => aspect);
}
