import { digestOf } from './digest.js';

/**
 * What a source of refresh tokens wants back at its next load: the newest token, and which configured ones it has replaced.
 *
 * A configured token that is none of these is that of a newer login, and goes before the state. Of two processes that share a state,
 * the one with the older configuration then takes what the newer one has got, not the other way round.
 */
interface RefreshState {
  readonly refreshToken: string;
  /** Digests of the configured tokens that led here, the newest first. */
  readonly seeds: readonly string[];
}

// As many logins as a rolling restart may mix, and some more.
const mostSeeds = 8;

/** Returns the refresh token to present: that of the state, or the configured one where it is newer. */
export function newestRefreshToken(configured: string, state: string | undefined): string {
  const held = decode(state);
  return held?.seeds.includes(digestOf(configured)) ? held.refreshToken : configured;
}

/** Returns the state behind a load that leaves `refreshToken` as the newest; undefined where that is the configured one. */
export function stateBehind(
  refreshToken: string,
  configured: string,
  state: string | undefined,
): string | undefined {
  if (refreshToken === configured) return undefined;
  const own = digestOf(configured);
  const older = (decode(state)?.seeds ?? []).filter((seed) => seed !== own);
  const seeds = [own, ...older].slice(0, mostSeeds);
  return JSON.stringify({ refreshToken, seeds } satisfies RefreshState);
}

/** A state may come from a store that somebody has written to: what cannot be read is none. */
function decode(state: string | undefined): RefreshState | undefined {
  if (state === undefined) return undefined;
  try {
    const { refreshToken, seeds } = JSON.parse(state) as Partial<RefreshState>;
    const isWhole = typeof refreshToken === 'string' && refreshToken !== '' && Array.isArray(seeds);
    return isWhole ? { refreshToken, seeds } : undefined;
  } catch {
    return undefined;
  }
}
