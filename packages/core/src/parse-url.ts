/**
 * Returns the URL that `text` is; undefined where it is none.
 *
 * Not by `URL.canParse()`: once Node 20 has made that fast, it takes the Latin-1 of a Location header for UTF-8, and says of
 * some text that it is a URL for which the constructor then throws, and of some URLs that they are none.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
