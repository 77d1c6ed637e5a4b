import { describe, expect, it } from 'vitest';
import { chooseProxy } from './proxy-choice.js';

const target = new URL('https://api.example:6443/path');
const proxied = { HTTPS_PROXY: 'http://proxy.example:3128' };
const chosen = (option: unknown, environment: Record<string, string> = {}, url = target) =>
  chooseProxy(url, option, environment);

describe('the environment', () => {
  it('names no proxy: none', () => {
    expect(chosen(undefined)).toBeUndefined();
  });

  it.each([
    [{ https_proxy: 'http://lower.example:1', HTTPS_PROXY: 'http://upper.example:2' }, 'lower'],
    [{ HTTPS_PROXY: 'upper.example:2' }, 'upper'],
    [{ ALL_PROXY: 'http://all.example' }, 'all'],
  ])('is read as axios reads it: %j', (environment, name) => {
    expect(chosen(undefined, environment)).toMatch(new RegExp(`^http://${name}\\.example`));
  });

  it('of http requests is not that of https requests', () => {
    expect(chosen(undefined, { HTTP_PROXY: 'http://proxy.example' })).toBeUndefined();
  });

  it.each([
    '*',
    'api.example',
    'other.example, api.example',
    'API.EXAMPLE:6443',
    '.example',
    '*.example',
  ])('bypasses the proxy with NO_PROXY=%s', (noProxy) => {
    expect(chosen(undefined, { ...proxied, NO_PROXY: noProxy })).toBeUndefined();
  });

  it.each([
    'other.example',
    'example',
    'api.example:443',
    'sub.api.example',
    '10.0.0.0/8',
    '1/2/3',
  ])('keeps the proxy with NO_PROXY=%s', (noProxy) => {
    expect(chosen(undefined, { ...proxied, NO_PROXY: noProxy })).toBeDefined();
  });

  it.each([
    ['10.0.0.0/8', 'https://10.1.2.3'],
    ['fd00::/8', 'https://[fd00::1]'],
    ['::1', 'https://[::1]:8443'],
    ['[::1]:8443', 'https://[::1]:8443'],
  ])('bypasses the proxy with NO_PROXY=%s for %s', (noProxy, url) => {
    const environment = { ...proxied, NO_PROXY: noProxy };
    expect(chosen(undefined, environment, new URL(url))).toBeUndefined();
  });
});

describe('the option of the request', () => {
  it('wins over the environment', () => {
    expect(chosen(false, proxied)).toBeUndefined();
    expect(chosen({ host: 'own.example', port: 8080 }, proxied)).toBe('http://own.example:8080');
  });

  it('may carry user and password', () => {
    const auth = { username: 'a user', password: 'p@ss:word' };
    expect(chosen({ protocol: 'http:', host: '::1', port: 1, auth })).toBe(
      'http://a%20user:p%40ss%3Aword@[::1]:1/',
    );
  });
});

describe('a proxy of another kind', () => {
  it.each(['https://user:hush@proxy.example', 'socks5://user:hush@proxy.example'])(
    'is taken from the environment, too: %s',
    (url) => {
      expect(chosen(undefined, { HTTPS_PROXY: url })).toBe(url);
    },
  );

  it.each(['ftp://user:hush@proxy.example', 'socks4://user:hush@proxy.example', 'http://:hush'])(
    'is refused without quoting %s',
    (url) => {
      const choose = () => chooseProxy(target, undefined, { HTTPS_PROXY: url });
      expect(choose).toThrow(expect.objectContaining({ code: 'ERR_PROXY' }));
      expect(choose).not.toThrow(/hush/);
    },
  );
});
