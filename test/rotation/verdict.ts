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
  /** Connections that the server accepted. */
  readonly opened: number;
  /** Connections that are left when nobody asks any more. */
  readonly left: number;
}

export type Complaint = 'failed' | 'refused' | 'stale' | 'resumed' | 'leaked';

/** Says what is wrong with a client after a load of `concurrency` workers. */
export function complaintsOf(verdict: Verdict, concurrency: number): Complaint[] {
  const { failures, refused, stale, resumed, left } = verdict;
  const complaints: [Complaint, boolean][] = [
    ['failed', Object.keys(failures).length > 0],
    // One request in 10,000 may fall between two revocations.
    ['refused', refused > verdict.sent / 10_000],
    ['stale', stale > 0],
    ['resumed', resumed > 0],
    ['leaked', left > concurrency],
  ];
  return complaints.filter(([, applies]) => applies).map(([complaint]) => complaint);
}

/** One line for people. */
export function describeVerdict(verdict: Verdict): string {
  const { sent, rotations, failures, refused, stale, resumed, opened, left } = verdict;
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const reasons = failed === 0 ? '' : ` (${JSON.stringify(failures)})`;
  return [
    `${sent} requests, ${rotations} rotations: ${failed} failed${reasons}, ${refused} refused`,
    `${stale} stale, ${resumed} resumed; ${opened} connections opened, ${left} left`,
  ].join(', ');
}
