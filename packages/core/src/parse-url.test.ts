import { expect, it } from 'vitest';
import { parseUrl } from './parse-url.js';

/** After so many calls V8 has compiled a function, with Node's fast way in it. */
const manyTimes = 20_000;

it.each([
  ['https://api.example/path', 'https://api.example/path'],
  // What a client makes of a Location in UTF-8: no host name as Latin-1, `localhost` as UTF-8.
  ['https://\u00e2\u0093\u009bocalhost/', undefined],
  // Latin-1 that is no UTF-8.
  ['https://\u00e9.example/', 'https://xn--9ca.example/'],
  ['/path', undefined],
])('agrees with the constructor, however often it was asked: %j', (text, href) => {
  for (let count = 0; count < manyTimes; count += 1) parseUrl('https://api.example/');
  expect(parseUrl(text)?.href).toBe(href);
  expect(parseUrl(text, 'https://api.example/')?.href).toBe(href ?? parseBelow(text));
});

function parseBelow(text: string): string | undefined {
  return text.startsWith('/') ? `https://api.example${text}` : undefined;
}
