import type { OriginScope } from '@keyturn/core/binding';

/** Tells whether a request to a URL, or to an origin, may carry the credential. */
export type ScopeCheck = (url: string | URL | undefined) => boolean;

/**
 * Returns the check of `scope` with a short cut. Every request asks, and parsing a URL takes longer than everything
 * else that is done for it here.
 */
export function scopeCheck(scope: OriginScope): ScopeCheck {
  return (url = '') =>
    (typeof url === 'string' && scope.origins.some((origin) => isBelow(origin, url))) ||
    scope.includes(url);
}

/** What follows the origin has to end it: `https://api.example.org` begins like `https://api.example`. */
function isBelow(origin: string, url: string): boolean {
  if (!url.startsWith(origin)) return false;
  const next = url[origin.length];
  return next === undefined || next === '/' || next === '?' || next === '#';
}
