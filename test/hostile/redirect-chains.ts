/** Chains of redirects, written as a server may write them. */

/** Origins, without a slash at the end. The scope holds the first two; every server is trusted. */
export interface RedirectPlaces {
  readonly good: string;
  readonly other: string;
  readonly evil: string;
  /** Plain http, on the host of the others. */
  readonly plain: string;
}

/** Says where a hop goes, for a path that begins with a slash: the URL of the request, or a Location. */
export type HopText = (path: string) => string;

export interface RedirectChain {
  readonly name: string;
  /** The first is where the request goes, the others are what the servers say. */
  hops(places: RedirectPlaces): readonly HopText[];
  /** Whether every client gets to the end. Default true; many refuse what is odd. */
  readonly reachesTheEnd?: false;
}

const at =
  (origin: string): HopText =>
  (path) =>
    origin + path;

const hostOf = (origin: string): string => new URL(origin).host;

/** From `good`, with one Location. */
function one(
  name: string,
  location: (places: RedirectPlaces, path: string) => string,
  more: Pick<RedirectChain, 'reachesTheEnd'> = {},
): RedirectChain {
  return {
    name,
    ...more,
    hops: (places) => [at(places.good), (path) => location(places, path)],
  };
}

function through(...names: readonly (keyof RedirectPlaces)[]): RedirectChain {
  return {
    name: names.join(' → '),
    hops: (places) => names.map((name) => at(places[name])),
  };
}

const mayEnd = { reachesTheEnd: false } as const;

export const redirectChains: readonly RedirectChain[] = [
  one('a path', (_, path) => path),
  through('good', 'good'),
  through('good', 'other'),
  through('good', 'evil'),
  through('good', 'plain'),
  one('//evil', ({ evil }, path) => `//${hostOf(evil)}${path}`),
  one('https:/\\evil', ({ evil }, path) => `https:/\\${hostOf(evil)}${path}`),
  one('\\\\evil', ({ evil }, path) => `\\\\${hostOf(evil)}${path}`, mayEnd),
  one('tab in the scheme', ({ evil }, path) => evil.replace('tt', 't\tt') + path, mayEnd),
  one('tab in the host', ({ evil }, path) => evil.replace('cal', 'ca\tl') + path, mayEnd),
  one('HTTPS://LOCALHOST', ({ other }, path) => other.toUpperCase() + path),
  one('HTTPS://EVIL', ({ evil }, path) => evil.toUpperCase() + path),
  one('localhost.', ({ good }, path) => good.replace('localhost', 'localhost.') + path, mayEnd),
  one('0x7f.1', ({ good }, path) => good.replace('localhost', '0x7f.1') + path, mayEnd),
  one('2130706433', ({ good }, path) => good.replace('localhost', '2130706433') + path, mayEnd),
  one(
    '[::ffff:127.0.0.1]',
    ({ good }, path) => {
      return good.replace('localhost', '[::ffff:127.0.0.1]') + path;
    },
    mayEnd,
  ),
  one('u:p@other', ({ other }, path) => other.replace('//', '//u:p@') + path, mayEnd),
  one('u:p@evil', ({ evil }, path) => evil.replace('//', '//u:p@') + path, mayEnd),
  one(
    'good@evil',
    ({ good, evil }, path) => {
      return evil.replace('//', `//${hostOf(good).replace(':', '%3A')}@`) + path;
    },
    mayEnd,
  ),
  one('good\\@evil', ({ good, evil }, path) => `${good}\\@${hostOf(evil)}${path}`, mayEnd),
  one('evil#good', ({ good, evil }, path) => `${evil}${path}#${good}${path}`),
  one('data:', () => 'data:text/plain,x', mayEnd),
  one('file:', () => 'file:///etc/hostname', mayEnd),
  through('evil', 'good'),
  through('plain', 'good'),
  through('evil', 'good', 'other'),
  through('good', 'evil', 'good'),
  through('good', 'plain', 'good'),
  through('good', 'evil', 'good', 'other'),
  through('good', 'other', 'good'),
  through('evil', 'evil', 'good'),
];

/** One hop, and what the rule says of it. */
export interface PlannedHop {
  readonly path: string;
  /** What the server before says; for the first, the URL. */
  readonly text: string;
  /** Of the server that is asked; all have the same host, under many names. Empty for one that nobody listens at. */
  readonly port: string;
  /** Whether it carries token and certificate: in scope, as every hop before it. */
  readonly carries: boolean;
  /** The URL names a user, which a client may make an Authorization of. */
  readonly namesUser: boolean;
}

/** @param prefix of the paths, so that a server can tell chains apart */
export function planHops(
  chain: RedirectChain,
  places: RedirectPlaces,
  prefix: string,
): readonly PlannedHop[] {
  const scope = [places.good, places.other];
  let before: string | undefined;
  let isInScope = true;
  return chain.hops(places).map((text, index) => {
    const path = `${prefix}/${index}`;
    const url = new URL(text(path), before);
    before = url.href;
    isInScope &&= scope.includes(url.origin);
    return {
      path,
      text: text(path),
      port: url.port,
      carries: isInScope,
      namesUser: url.username !== '',
    };
  });
}
