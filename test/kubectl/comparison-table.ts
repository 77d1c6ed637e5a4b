import type { Outcome } from './comparison.js';
import type { Kubectl } from './find-kubectls.js';
import type { Arrival, Observation } from './observation.js';

/** Writes a line for each kubeconfig: what became of it, and where the programs differ, which decision says so. */
export function comparisonTable(outcomes: ReadonlyMap<Kubectl, readonly Outcome[]>): string {
  const columns = [...outcomes.values()];
  const versions = [...outcomes.keys()].map(headOf);
  const trials = new Set(columns.flat().map(({ trial }) => trial));
  const rows = [...trials].map((trial) =>
    rowOf(columns.map((column) => column.find((outcome) => outcome.trial === trial))),
  );
  const lines = [['kubeconfig', ...versions, 'what both do, or kubectl | Keyturn'], ...rows];
  return `${aligned(lines)}\n\n${totals(columns.flat())}`;
}

function headOf({ version, isDispatcher }: Kubectl): string {
  return isDispatcher ? `${version} (dispatcher)` : version;
}

/** @param row what came of one trial, with each kubectl that tried it. */
function rowOf(row: readonly (Outcome | undefined)[]): readonly string[] {
  const tried = row.filter((outcome) => outcome !== undefined);
  const shown = tried.find(({ difference }) => difference !== undefined) ?? tried[0];
  if (shown === undefined) return [];
  const ours = summaryOf(shown.keyturnSaw);
  const theirs = summaryOf(shown.kubectlSaw);
  const aspects = theirs === ours ? ` (${shown.difference?.aspects.join(', ')})` : '';
  return [
    shown.trial.name,
    ...row.map((outcome) => (outcome === undefined ? '-' : verdictOf(outcome))),
    shown.difference === undefined ? ours : `${theirs} | ${ours}${aspects}`,
  ];
}

function verdictOf({ difference, explanation }: Outcome): string {
  if (difference === undefined) return 'same';
  return explanation === undefined ? 'DIFFERS' : numberOf(explanation.decision);
}

function numberOf(decision: string): string {
  return decision.slice(0, 4);
}

function summaryOf({ runs, arrivals, refusal }: Observation): string {
  const plugin =
    runs.length === 0 ? [] : [`ran its plugin${runs.length > 1 ? ` ${runs.length} times` : ''}`];
  const [arrival] = arrivals;
  const end =
    arrival === undefined ? `refused (${refusal?.step ?? 'nowhere'})` : journeyOf(arrival);
  return [...plugin, end].join(', ');
}

function journeyOf(arrival: Arrival): string {
  const {
    place,
    host,
    servername,
    authorization,
    impersonation = [],
    certificate,
    proxy,
  } = arrival;
  const [kind = ''] = /^\w+/.exec(authorization ?? '') ?? [];
  return [
    `${servername === undefined ? 'sent' : `sent to ${servername}`} ${host?.replace(/\d+$/, 'PORT')}${place}`,
    ...(kind === '' ? [] : [`with ${kind}`]),
    ...(certificate === undefined ? [] : ['with a certificate']),
    ...(impersonation.length === 0 ? [] : [`acting (${impersonation.length})`]),
    ...(proxy === undefined
      ? []
      : [`through ${proxy.kind}${proxy.login === undefined ? '' : ' with a login'}`]),
  ].join(' ');
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function totals(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const { difference, explanation } = outcome;
    const key = difference === undefined ? 'same' : (explanation?.decision ?? 'DIFFERS');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([key, count]) => `${String(count).padStart(6)}  ${key}`)
    .join('\n');
}
