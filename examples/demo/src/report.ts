import type { DemoClient } from './clients.js';
import type { DemoOptions } from './options.js';

/** What one client did, or all of them together. */
export interface ClientReport {
  readonly requests: number;
  readonly failures: number;
  /** Requests that the server refused once and that were sent again with the next credential. */
  readonly replays: number;
  readonly opened: number;
  /** Connections that were opened and have been closed since, because their certificate was replaced. */
  readonly drained: number;
  /** The slowest request that was in the air, or began, while a credential was replaced. Milliseconds. */
  readonly slowestInRotationMs: number | undefined;
}

export interface NamedReport extends ClientReport {
  readonly name: DemoClient['name'];
  /** What the first failed request said. */
  readonly firstFailure: string | undefined;
}

/** How a run stands, while it goes on and at its end. */
export interface DemoReport {
  readonly options: DemoOptions;
  readonly elapsedMs: number;
  /** Whether the run was ended before its time. */
  readonly interrupted: boolean;
  readonly clients: readonly NamedReport[];
  /** The client without Keyturn, which counts for nothing; undefined where there is none. */
  readonly bare: NamedReport | undefined;
  readonly pluginRuns: number;
  readonly rotations: number;
  readonly certificateRotations: number;
  readonly credential: {
    readonly generation: number;
    readonly certificateGeneration: number;
    readonly expiresInMs: number | undefined;
  };
}

/** Adds the clients up. */
export function totalOf(clients: readonly ClientReport[]): ClientReport {
  const sum = (pick: (report: ClientReport) => number): number =>
    clients.reduce((total, report) => total + pick(report), 0);
  const slowest = clients.flatMap(({ slowestInRotationMs }) => slowestInRotationMs ?? []);
  return {
    requests: sum(({ requests }) => requests),
    failures: sum(({ failures }) => failures),
    replays: sum(({ replays }) => replays),
    opened: sum(({ opened }) => opened),
    drained: sum(({ drained }) => drained),
    slowestInRotationMs: slowest.length === 0 ? undefined : Math.max(...slowest),
  };
}

/**
 * How many certificate rotations a whole run must have seen: 3 in the default run, fewer where there is no time for
 * them. The first lifetime ends with the first rotation at the latest.
 */
export function leastRotations({ durationMs, lifetimeMs }: DemoOptions): number {
  return Math.max(0, Math.min(3, Math.floor(durationMs / lifetimeMs) - 1));
}

/** What speaks against a run; nothing when it went as it should. */
export function complaints(report: DemoReport): readonly string[] {
  const found: string[] = [];
  for (const { name, requests, failures, firstFailure } of report.clients) {
    if (failures > 0) found.push(`${name}: ${failures} failed, the first with "${firstFailure}"`);
    if (requests === 0 && !report.interrupted) found.push(`${name}: no request was answered`);
  }
  const least = leastRotations(report.options);
  if (!report.interrupted && report.certificateRotations < least) {
    found.push(`${report.certificateRotations} certificate rotations instead of at least ${least}`);
  }
  return found;
}
