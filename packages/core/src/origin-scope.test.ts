import { describe, expect, it } from 'vitest';
import { originScope, scopeThrough } from './origin-scope.js';

describe('originScope', () => {
  it('takes the origins given, whatever their paths', () => {
    const scope = originScope({
      origins: ['https://API.example:443/v1', 'https://other.example:8443'],
    });
    expect(scope.origins).toEqual(['https://api.example', 'https://other.example:8443']);
    expect(scope.includes('https://api.example/anything?x=1')).toBe(true);
    expect(scope.includes(new URL('https://other.example:8443/'))).toBe(true);
  });

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
    const origins = ['https://api.example', 'https://[::1]:8443'];
    expect(originScope({ origins }).includes(url)).toBe(true);
  });

  it('takes the origin of the base URL when none is given', () => {
    expect(originScope({}, 'https://api.example/v1').origins).toEqual(['https://api.example']);
    expect(originScope({ origins: ['https://a.example'] }, 'https://b.example').origins).toEqual([
      'https://a.example',
    ]);
  });

  it.each([
    'https://api.example:8443/',
    'https://api.example.org/',
    'https://api.examples/',
    'http://api.example/',
    '//api.example/',
    new URL('https://evil.example/https://api.example/'),
    'https://api.example.evil.example/',
    // As long as the origin, or with its end in the same place.
    'https://evi.example',
    'https://evi.example/path',
    'https://evi.example/https://api.example/',
    'https://evil.example/?https://api.example',
    'https://api.example@evil.example/',
    '/relative',
    '',
    'nonsense',
  ])('excludes %s', (url) => {
    expect(originScope({ origins: ['https://api.example'] }).includes(url)).toBe(false);
  });

  it.each([undefined, '', '/api', 'api/v1'])(
    'fails with a clear error when only the base URL %j is known',
    (baseUrl) => {
      expect(() => originScope({}, baseUrl)).toThrow(
        expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
      );
    },
  );

  it('refuses plain http to a host that is not loopback', () => {
    const open = () => originScope({ origins: ['http://api.example'] });
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }));
    expect(
      originScope({ origins: ['http://api.example'], allowInsecure: true }).includes(
        'http://api.example/',
      ),
    ).toBe(true);
  });

  it.each([
    'http://localhost:80',
    'http://127.0.0.1:8080',
    'http://127.8.9.1',
    'http://127.1:8080',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://2130706433',
    'http://LOCALHOST',
    'http://[::ffff:127.0.0.1]',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::1]:8001',
    'http://x.localhost',
  ])('accepts plain http to %s', (origin) => {
    expect(originScope({ origins: [origin] }).includes(`${origin}/x`)).toBe(true);
  });

  it.each([
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evillocalhost',
    'http://xlocalhost.',
    // Names with a dot at the end may be asked for in the network, and these addresses belong to every interface.
    'http://localhost.',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::ffff:128.0.0.1]',
    'http://[::2]',
    'http://128.0.0.1',
    'http://user@127.0.0.1@evil.example',
    'http://127.0.0.1%23@evil.example',
  ])('does not take %s for loopback', (origin) => {
    expect(() => originScope({ origins: [origin] })).toThrow();
    expect(() => originScope({ origins: ['http://localhost', origin] })).toThrow();
  });

  it.each(['https://*.example', 'https://api.*', 'http://*:8080'])(
    'takes %s for none',
    (origin) => {
      expect(() => originScope({ origins: [origin] })).toThrow('"*" stands for no other');
    },
  );

  it('judges every origin, not the first alone', () => {
    const open = () => originScope({ origins: ['https://api.example', 'http://api.example'] });
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }));
    const origins = ['https://a.example', 'https://b.example', 'https://c.example'];
    for (const origin of origins) expect(originScope({ origins }).includes(origin)).toBe(true);
  });

  it.each([
    'https:/\\evil.example/',
    '\\\\evil.example\\x',
    'https://api.example\t.evil.example/',
    'https://api.example%2eevil.example/',
    'https://api.example./',
    'https:evil.example',
    'data:text/plain,https://api.example/',
    'file:///https://api.example/',
    'javascript://api.example/',
  ])('is not led astray by %j', (url) => {
    expect(originScope({ origins: ['https://api.example'] }).includes(url)).toBe(false);
  });

  it.each([
    ['unix:/run/api.sock', '/run/api.sock'],
    ['unix:///run/api.sock', '/run/api.sock'],
    ['unix:\\\\.\\pipe\\api', '\\\\.\\pipe\\api'],
  ])('takes %s for a socket, which includes no URL', (origin, path) => {
    const scope = originScope({ origins: [origin, 'http://localhost'] });
    expect(scope.includesSocket(path)).toBe(true);
    expect(scope.includes('http://localhost/x')).toBe(true);
    for (const url of [origin, `${origin}:/x`, `${origin}/x`, 'http://unix/run/api.sock:/x']) {
      expect(scope.includes(url)).toBe(false);
    }
  });

  it.each(['/run/api.sock2', '/run/API.sock', '/run/api.sock/', '/run/../run/api.sock', '', 7, {}])(
    'includes no socket but that of the very path: %j',
    (path) => {
      expect(originScope({ origins: ['unix:/run/api.sock'] }).includesSocket(path)).toBe(false);
      expect(originScope({ origins: ['https://api.example'] }).includesSocket(path)).toBe(false);
    },
  );

  it.each(['unix:', 'unix:run/api.sock', 'unix://host/run', 'unix:\\\\server\\share'])(
    'refuses %s: the path of a socket is absolute',
    (origin) => {
      expect(() => originScope({ origins: [origin] })).toThrow(/absolute path/);
    },
  );

  it.each(['api.example', 'ftp://api.example', 'file:///etc', 7 as unknown as string])(
    'refuses the origin %s',
    (origin) => {
      expect(() => originScope({ origins: [origin] })).toThrow(/Option "origins"/);
    },
  );

  it('goes by the socket where every connection of a client leads to one', () => {
    const scope = originScope({ origins: ['https://api.example', 'unix:/run/api.sock'] });
    expect(scopeThrough(scope, undefined)).toBe(scope);
    expect(scopeThrough(scope, '/run/other.sock').includes('https://api.example/')).toBe(false);
    expect(scopeThrough(scope, '/run/api.sock').includes('https://api.example/')).toBe(true);
  });
});
