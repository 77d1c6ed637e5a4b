import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { checkBindOptions } from './check-bind-options.js';
import { type ProxyAddress, readProxyUrl, redactProxyUrl } from './proxy-address.js';

const read = (text: string): ProxyAddress => readProxyUrl(text) as ProxyAddress;

describe('the URL of a proxy', () => {
  it.each([
    ['http://proxy.example', 'http', 'proxy.example:80'],
    ['https://proxy.example', 'https', 'proxy.example:443'],
    ['socks5://proxy.example', 'socks5', 'proxy.example:1080'],
    ['socks5h://PROXY.example:80', 'socks5', 'proxy.example:80'],
    ['HTTP://10.0.0.1:3128/a/path?q', 'http', '10.0.0.1:3128'],
    ['socks5://[::1]:9050', 'socks5', '[::1]:9050'],
  ])('%s names %s at %s', (text, protocol, name) => {
    expect(read(text)).toMatchObject({ protocol, name });
    expect(read(text).login()).toBeUndefined();
  });

  it('has its host without brackets, as connections take it', () => {
    expect(read('http://[2001:db8::1]').host).toBe('2001:db8::1');
  });

  it.each([
    ['http://me:p%40ss%3A%2Fword@proxy', 'me', 'p@ss:/word'],
    ['socks5://me@proxy', 'me', ''],
    ['http://:only@proxy', '', 'only'],
    ['https://J%C3%BCrgen:%25@proxy', 'J\u00fcrgen', '%'],
  ])('%s brings a login', (text, user, password) => {
    expect(read(text).login()).toEqual({ user, password });
  });

  it('shows no password, however it is printed', () => {
    const address = read('http://me:s3cret@proxy');
    const entirely = { showHidden: true, getters: true, customInspect: false };
    expect(inspect(address, entirely) + JSON.stringify(address)).not.toContain('s3cret');
    expect(redactProxyUrl('http://me:s3cret@proxy/x')).toBe('http://[redacted]@proxy:80');
    expect(redactProxyUrl('s3cret')).toBe('[redacted]');
  });
});

describe('the option "proxy"', () => {
  const check = (proxy: unknown) => () =>
    checkBindOptions('bindTest', { proxy } as object, { proxy: 'taken' } as never);

  it.each([
    '',
    'proxy.example:3128',
    'me:s3cret@proxy:80',
    'ftp://me:s3cret@proxy',
    'socks4://me:s3cret@proxy',
    'http:me:s3cret@proxy',
    'http:\\\\me:s3cret@proxy',
    'http://me:s3cret@',
    'http:///s3cret',
    'socks5://:1080',
    'http://me:s3cret@proxy:66000',
    ' http://me:s3cret@proxy',
    'http://me:s3cret@pro xy',
    'http://me:s3cret\n@proxy',
  ])('refuses %j, says what to write, and quotes nothing', (proxy) => {
    expect(check(proxy)).toThrow(/^Option "proxy" of bindTest is no URL of a proxy\. Write one/);
    expect(check(proxy)).not.toThrow(/s3cret/);
  });

  it.each([
    ['http://me:s3cret%@proxy', 'begins no escape. Write it as "%25"'],
    [`socks5://${'s3cret'.repeat(50)}@proxy`, 'is longer than SOCKS5 can say'],
  ])('refuses a login that cannot be sent', (proxy, words) => {
    expect(check(proxy)).toThrow(words);
    expect(check(proxy)).not.toThrow(/s3cret/);
  });

  it.each([5, null, {}, new URL('http://me:s3cret@proxy')])('takes text, and not %j', (proxy) => {
    expect(check(proxy)).toThrow(/^Option "proxy" of bindTest must be the URL of a proxy as text/);
    expect(check(proxy)).not.toThrow(/s3cret/);
  });

  it('is refused by an adapter that says nothing of it', () => {
    const options = { origins: ['https://api.example'], proxy: 'http://proxy.example' };
    expect(() => checkBindOptions('bindTheirs', options)).toThrow(
      'bindTheirs cannot honour option "proxy": it makes its connections in its own way.',
    );
  });
});
