import { originScope } from '@keyturn/core/binding';
import { describe, expect, it } from 'vitest';
import { scopeCheck } from './scope-check.js';

const includes = scopeCheck(
  originScope({ origins: ['https://api.example', 'https://[::1]:8443'] }),
);

describe('the scope', () => {
  it.each([
    'https://api.example',
    'https://api.example/path',
    'https://api.example?query',
    'https://api.example#fragment',
    'https://api.example:443/',
    'HTTPS://API.EXAMPLE/',
    'https://user@api.example/',
    'https://[::1]:8443/path',
    new URL('https://api.example/path'),
  ])('includes %s', (url) => {
    expect(includes(url)).toBe(true);
  });

  it.each([
    'https://api.example.org/',
    'https://api.example@elsewhere.example/',
    'https://api.example:8443/',
    'https://api.examples/',
    'https://[::1]:84430/',
    'http://api.example/',
    '//api.example/',
    '/path',
    '',
    undefined,
    new URL('https://elsewhere.example/https://api.example/'),
  ])('does not include %s', (url) => {
    expect(includes(url)).toBe(false);
  });
});
