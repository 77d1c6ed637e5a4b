/** What a load has come to. */
export interface Verdict {
  /** Requests that have ended, well or not. */
  readonly sent: number;
  readonly rotations: number;
  /** Requests without a whole and right answer, by the code of their error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers of 401. */
  readonly refused: number;
  /** Answers that saw an identity older than the one that was current when the request began. */
  readonly stale: number;
  /** The same, on a connection that came by it in resuming an older TLS session. */
  readonly resumed: number;
  /** Answers over a connection that an authority had verified which was no longer trusted when the request began. */
  readonly distrusted: number;
  /** Answers that saw the token of one generation with the certificate of another. Counted where they belong together. */
  readonly mismatched: number;
  /** Connections that the server accepted. */
  readonly opened: number;
  /** Connections that are left when nobody asks any more. */
  readonly left: number;
}

export type Complaint =
  | 'failed'
  | 'refused'
  | 'stale'
  | 'resumed'
  | 'distrusted'
  | 'mismatched'
  | 'leaked';

/** Says what is wrong with a client after a load of `concurrency` workers. */
export function complaintsOf(verdict: Verdict, concurrency: number): Complaint[] {
  const { failures, refused, stale, resumed, distrusted, mismatched, left } = verdict;
  const complaints: [Complaint, boolean][] = [
    ['failed', Object.keys(failures).length > 0],
    // One request in 10,000 may fall between two revocations.
    ['refused', refused > verdict.sent / 10_000],
    ['stale', stale > 0],
    ['resumed', resumed > 0],
    ['distrusted', distrusted > 0],
    ['mismatched', mismatched > 0],
    ['leaked', left > concurrency],
  ];
  return complaints.filter(([, applies]) => applies).map(([complaint]) => complaint);
}

/** One line for people. */
export function describeVerdict(verdict: Verdict): string {
  const { sent, rotations, failures, refused, stale, resumed, opened, left } = verdict;
  const { distrusted, mismatched } = verdict;
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const reasons = failed === 0 ? '' : ` (${JSON.stringify(failures)})`;
  return [
    `${sent} requests, ${rotations} rotations: ${failed} failed${reasons}, ${refused} refused`,
    `${stale} stale, ${resumed} resumed, ${distrusted} by an old authority, ${mismatched} mismatched; ${opened} connections opened, ${left} left`,
  ].join(', ');
}
