/** Who takes part in what. Everything else about a peer is in its own module. */

export type WorkId = 'cold' | 'cached' | 'expiry' | 'refused' | 'failing' | 'due' | 'sequential';

/** What its callers do: ask for the credential, or send a request with it. */
export type Way = 'lookup' | 'peek' | 'request';

export interface Entrant {
  readonly id: string;
  readonly module: URL;
  /** Which of the module's exports. */
  readonly part: string;
  readonly works: Readonly<Partial<Record<WorkId, Way>>>;
  /** The one of ours that stands beside it when both send requests; absent: this one is ours. */
  readonly beside?: string;
  /** Shows something about another row, and a quick run does without. */
  readonly isAside?: boolean;
  /** The oldest major version of Node on which it can be imported. */
  readonly oldestNode?: number;
}

const ours = (part: string, works: Entrant['works'], file = 'keyturn'): Entrant => ({
  id: part === 'lookup' ? 'keyturn' : `keyturn-${part}`,
  module: new URL(`./${file}.js`, import.meta.url),
  part,
  works,
});

interface Particulars {
  readonly file?: string;
  readonly part?: string;
  readonly beside?: string;
  readonly isAside?: boolean;
  readonly oldestNode?: number;
}

const theirs = (
  id: string,
  works: Entrant['works'],
  { file = id, part = 'peer', ...rest }: Particulars = {},
): Entrant => ({
  id,
  module: new URL(`../../peers/${file}.mjs`, import.meta.url),
  part,
  works,
  // Those that bring a client of their own send through node:https, or would have to.
  beside: 'keyturn-https',
  ...rest,
});

const lookups = { cold: 'lookup', cached: 'lookup', failing: 'lookup' } as const;
const sending = { expiry: 'request', refused: 'request', sequential: 'request' } as const;
const requests = { cold: 'request', failing: 'request', ...sending, due: 'request' } as const;

/** Ours first, then in the order of the issue. */
export const roster: readonly Entrant[] = [
  ours('lookup', { ...lookups, expiry: 'lookup', due: 'lookup' }),
  { ...ours('primed', { cold: 'lookup' }, 'keyturn-primed'), isAside: true },
  ours('peek', { cached: 'peek' }),
  ours('https', { ...sending, due: 'request' }),
  ours('axios', { ...sending, cold: 'request', due: 'request' }),
  ours('got', { ...sending, cold: 'request', due: 'request' }),
  theirs('client-node-1', { ...lookups, ...sending, due: 'request' }),
  theirs('client-node-2', { ...lookups, ...sending, due: 'request' }, { oldestNode: 24 }),
  theirs('azure', { ...lookups, ...sending, due: 'request' }),
  theirs('aws', { ...lookups, expiry: 'lookup', due: 'lookup' }),
  theirs('aws-fitted', { expiry: 'lookup' }, { file: 'aws', part: 'fitted', isAside: true }),
  theirs('google', { ...lookups, ...sending, due: 'request' }),
  theirs('google-fitted', { expiry: 'request' }, { file: 'google', part: 'fitted', isAside: true }),
  theirs('axios-auth-refresh', requests, { beside: 'keyturn-axios' }),
  theirs(
    'axios-auth-refresh-each',
    { refused: 'request' },
    { file: 'axios-auth-refresh', part: 'each', beside: 'keyturn-axios', isAside: true },
  ),
  theirs('got-recipe', requests, { beside: 'keyturn-got' }),
];

/** Those who take part in `work` and can run here. */
export function entrantsOf(work: WorkId, nodeMajor: number = runningMajor()): readonly Entrant[] {
  return roster.filter(
    ({ works, oldestNode = 0 }) => works[work] !== undefined && nodeMajor >= oldestNode,
  );
}

/** Those who cannot run on this Node. */
export function absentees(nodeMajor: number = runningMajor()): readonly Entrant[] {
  return roster.filter(({ oldestNode = 0 }) => nodeMajor < oldestNode);
}

/** The one of ours that `entrant` is judged by; undefined for ours. */
export function counterpartOf({ beside, works }: Entrant, work: WorkId): string | undefined {
  if (beside === undefined) return undefined;
  // What a failing plugin does to its callers is the same for all of our clients.
  return works[work] === 'request' && work !== 'failing' ? beside : 'keyturn';
}

function runningMajor(): number {
  return Number(process.versions.node.split('.')[0]);
}
