import { parseUrl } from './parse-url.js';

/** Who a request goes out as: with our credential, with an Authorization of the caller's own, or as nobody. */
export type Bearer = 'ours' | 'theirs' | 'nobodys';

/** An answer that leads on, for as long as whoever follows it makes the next request. */
interface Lead {
  readonly from: URL;
  readonly to: URL;
  readonly bearer: Bearer;
}

/**
 * Tells whether a request is a hop of a redirect, for those who see every hop and nothing of the chain: an agent, or a
 * dispatcher, below a client that follows redirects itself.
 *
 * Such a client makes the next request when the answer arrives or ends, or a few promises later. So an answer that leads on
 * is remembered for one turn of the event loop, and a request to that very URL within it is the hop.
 */
export class RedirectTrail {
  readonly #leads = new Set<Lead>();

  /**
   * Remembers for one turn that an answer to a request for `from` leads to `location`. Call it before the client hears of
   * the answer, and where the client may wait for its end, before it hears of that.
   * @param bearer who that request went out as
   */
  note(from: URL, location: unknown, bearer: Bearer): void {
    if (typeof location !== 'string') return;
    for (const text of readings(location)) {
      const to = parseUrl(text, from);
      if (to === undefined) continue;
      const lead: Lead = { from, to, bearer };
      this.#leads.add(lead);
      setImmediate(() => this.#leads.delete(lead));
    }
  }

  /**
   * Returns who the hop before a request for `url` went out as; undefined where it follows no redirect.
   * @param url a function, because nearly always there is nothing to compare with
   */
  bearerBefore(url: () => string): Bearer | undefined {
    if (this.#leads.size === 0) return undefined;
    const target = parseUrl(url());
    if (target === undefined) return undefined;
    const bearers = [...this.#leads].filter((lead) => leadsTo(lead, target));
    return leastOf(bearers.map(({ bearer }) => bearer));
  }
}

/** A header comes as Latin-1; some clients read UTF-8 in it, and so may come to another host. */
function readings(location: string): readonly string[] {
  if (!/[^\0-\x7f]/.test(location)) return [location];
  return [location, Buffer.from(location, 'latin1').toString('utf8')];
}

function leadsTo({ from, to }: Lead, url: URL): boolean {
  // A Host header of the caller's own says nothing of where a relative redirect goes.
  const isSameHost = to.host === url.host || to.host === from.host;
  return isSameHost && outline(to) === outline(url);
}

/** Path and query without what clients spell each in their own way: a header is Latin-1 for one and UTF-8 for another. */
function outline({ pathname, search }: URL): string {
  return `${pathname}${search}`.replace(/%[\da-f]{2}|[^\x21-\x7e]/gi, '');
}

/** Two answers may lead to the same URL at the same time: then the hop goes as the lesser of the two. */
function leastOf(bearers: readonly Bearer[]): Bearer | undefined {
  const order: readonly Bearer[] = ['nobodys', 'theirs', 'ours'];
  return order.find((bearer) => bearers.includes(bearer));
}
