/** What the server of the rotation figures and its clients have agreed on. */

/** Whom the server took the caller for. */
export interface Seen {
  /** 0: none that it knows, or one that has expired. */
  readonly token: number;
  readonly commonName: string;
}

export const quickPath = '/quick';

/** Answered after `slownessMs`: something is always in the air when a credential rotates. */
export const slowPath = '/slow';
export const slownessMs = 150;

/** @param expiresAt Unix ms */
export function tokenOf(number: number, expiresAt: number): string {
  return `bench.${number}.${expiresAt}`;
}

export const commonNameOf = (number: number): string => `bench-${number}`;

/** The number in a token that is good at `now` (Unix ms). */
export function tokenNumberAt(now: number, authorization: string | undefined): number | undefined {
  const [, number, expiresAt] = authorization?.match(/^Bearer bench\.(\d+)\.(\d+)$/) ?? [];
  return Number(expiresAt) > now ? Number(number) : undefined;
}

/** The number in the name of a certificate. */
export function certificateNumber({ commonName }: Seen): number {
  return Number(commonName.split('-')[1]);
}
