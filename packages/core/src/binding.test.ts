import { polluted } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { checkBindOptions, originScope } from './binding.js';

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
    'http://[::1]:8001',
    'http://x.localhost',
  ])('accepts plain http to %s', (origin) => {
    expect(originScope({ origins: [origin] }).includes(`${origin}/x`)).toBe(true);
  });

  it.each(['http://127.0.0.1.evil.example', 'http://localhost.evil.example'])(
    'does not take %s for loopback',
    (origin) => {
      expect(() => originScope({ origins: [origin] })).toThrow(
        expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }),
      );
    },
  );

  it.each(['api.example', 'ftp://api.example', 'file:///etc', 7 as unknown as string])(
    'refuses the origin %s',
    (origin) => {
      expect(() => originScope({ origins: [origin] })).toThrow(/Option "origins"/);
    },
  );
});

describe('checkBindOptions', () => {
  it.each([
    [{ origin: 'https://a' }, /no option "origin"/],
    [{ drainTimeoutMs: -1 }, /"drainTimeoutMs"/],
    [{ replay: 'yes' }, /"replay"/],
    [{ allowInsecure: 1 }, /"allowInsecure"/],
    [{ tls: { cert: 'x' } }, /no option "cert"/],
  ])('refuses %j and says which option', (options, message) => {
    expect(() => checkBindOptions('bindTest', options as object)).toThrow(message);
  });

  it('reads each option once, and keeps what it has read', () => {
    let reads = 0;
    const ca = Buffer.from('authority');
    const options = {
      get origins() {
        reads += 1;
        return ['https://api.example'];
      },
      tls: { ca: [ca], servername: 'api.example' },
    };
    const checked = checkBindOptions('bindIt', options);
    options.tls.servername = 'evil.example';
    ca.fill(0);
    expect([checked.origins, checked.origins, reads]).toMatchObject([{}, {}, 1]);
    expect(checked.tls).toMatchObject({
      ca: [Buffer.from('authority')],
      servername: 'api.example',
    });
  });

  it('takes nothing that stands on Object.prototype for an option', () => {
    const values = { origins: ['https://evil.example'], allowInsecure: true, replay: false };
    const tls = { rejectUnauthorized: false, servername: 'evil.example' };
    const { checked, read } = polluted({ ...values, ...tls, tls }, () => {
      const checked = checkBindOptions('bindIt', {});
      return {
        checked,
        read: [checked.origins, checked.tls, checked.replay, checked.allowInsecure],
      };
    });
    expect(read).toEqual([undefined, undefined, true, false]);
    expect(Object.getPrototypeOf(checked)).toBe(null);
  });

  it('fills in the defaults', () => {
    expect(checkBindOptions('bindTest', {})).toEqual({ replay: true, allowInsecure: false });
  });
});
