import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RedirectTrail } from './redirect-trail.js';

const from = new URL('https://evil.example/hook');

it('knows for one turn of the event loop where an answer leads', async () => {
  const trail = new RedirectTrail();
  trail.note(from, 'https://good.example/admin?x=1', 'nobodys');
  const bearer = () => trail.bearerBefore(() => 'https://good.example/admin?x=1');
  expect(bearer()).toBe('nobodys');
  await Promise.resolve().then(() => {});
  expect(bearer()).toBe('nobodys');
  await turn();
  expect(bearer()).toBe(undefined);
});

it.each([
  ['/next', 'https://evil.example/next'],
  ['//good.example/a', 'https://good.example/a'],
  ['https:/\\good.example\\a', 'https://good.example/a'],
  ['\\\\good.example\\a', 'https://good.example/a'],
  ['ht\ttps://good.\nexample/a', 'https://good.example/a'],
  ['HTTPS://user:pass@GOOD.example:443/a#there', 'https://good.example/a'],
  // As UTF-8 for one client, as Latin-1 for the next.
  ['https://\u00e2\u0093\u0096ood.example/a', 'https://good.example/a'],
  ['https://good.example/\u00c3\u00a4', 'https://good.example/%C3%A4'],
])('reads %j as a URL parser does', (location, url) => {
  const trail = new RedirectTrail();
  trail.note(from, location, 'nobodys');
  expect(trail.bearerBefore(() => url)).toBe('nobodys');
});

it('takes nothing else for the hop', () => {
  const trail = new RedirectTrail();
  trail.note(from, 'https://good.example/admin', 'nobodys');
  trail.note(from, 'https://', 'nobodys');
  trail.note(from, undefined, 'nobodys');
  for (const url of ['https://good.example/other', 'https://other.example/admin', '', 'x']) {
    expect(trail.bearerBefore(() => url)).toBe(undefined);
  }
});

it('goes by the lesser of two that lead to the same place', () => {
  const trail = new RedirectTrail();
  for (const bearer of ['ours', 'nobodys', 'theirs'] as const) trail.note(from, '/x', bearer);
  expect(trail.bearerBefore(() => 'https://evil.example/x')).toBe('nobodys');
});
