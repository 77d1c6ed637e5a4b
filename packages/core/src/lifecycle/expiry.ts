import { defaults, numberOption } from '../options.js';

/** When a credential changes from fresh to due to expired. All Unix milliseconds; Infinity means never. */
export interface ExpirySchedule {
  /** Start of the refresh window: refresh in the background from here. */
  readonly dueAt: number;
  /** Expiry less clock skew: wait for a new one from here. */
  readonly expiredAt: number;
  /** The last moment at which the credential may still be used, when no new one can be had. */
  readonly endsAt: number;
  /** Whether the source's word lay in the past when the result arrived. */
  readonly bornExpired: boolean;
}

/** Decides when a credential is refreshed. Replace it through `tokens.expiryPolicy`. */
export interface ExpiryPolicy {
  /** @param expiresAt and @param now are Unix milliseconds. */
  schedule(expiresAt: number | undefined, now: number): ExpirySchedule;
}

export interface AdaptiveExpiryOptions {
  readonly refreshWindowMs?: number | undefined;
  readonly clockSkewMs?: number | undefined;
  /** Gives numbers from 0 up to 1. Default: Math.random. */
  readonly random?: (() => number) | undefined;
}

/** A credential that was born expired is used this long before the source is asked again. */
const minimumHoldMs = 10_000;

const never: ExpirySchedule = {
  dueAt: Number.POSITIVE_INFINITY,
  expiredAt: Number.POSITIVE_INFINITY,
  endsAt: Number.POSITIVE_INFINITY,
  bornExpired: false,
};

/**
 * Gives each credential a refresh window of at most `refreshWindowMs` and at most 20 % of its lifetime, less a random
 * quarter so that a fleet does not refresh in step, and a clock skew of at most `clockSkewMs` and 10 % of its lifetime.
 *
 * client-go has neither window nor skew: it waits until a credential has expired, and then everyone waits with it.
 * @throws {TypeError} naming an option that is not a number of at least 0.
 */
export function adaptiveExpiry(options: AdaptiveExpiryOptions = {}): ExpiryPolicy {
  const windowMs = numberOption(
    'refreshWindowMs',
    options.refreshWindowMs,
    defaults.refreshWindowMs,
  );
  const skewMs = numberOption('clockSkewMs', options.clockSkewMs, defaults.clockSkewMs);
  const random = options.random ?? Math.random;
  return {
    schedule(expiresAt, now) {
      if (expiresAt === undefined) return never;
      const lifetimeMs = expiresAt - now;
      if (lifetimeMs <= 0) return bornExpired(now);
      const refreshWindowMs = Math.min(windowMs, 0.2 * lifetimeMs) * (1 - 0.25 * random());
      const expiredAt = expiresAt - Math.min(skewMs, 0.1 * lifetimeMs);
      return {
        // With a window shorter than the skew, due and expired fall together: nobody is served too late.
        dueAt: Math.min(expiresAt - refreshWindowMs, expiredAt),
        expiredAt,
        endsAt: expiresAt,
        bornExpired: false,
      };
    },
  };
}

// client-go uses such a result and runs the plugin again for each request. We use it too, since clocks disagree and
// the server may well accept it, but hold it for a while.
function bornExpired(now: number): ExpirySchedule {
  const endsAt = now + minimumHoldMs;
  return { dueAt: endsAt, expiredAt: endsAt, endsAt, bornExpired: true };
}
