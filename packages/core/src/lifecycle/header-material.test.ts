import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createCredentialManager } from '../index.js';
import { isSameSecret, mint } from './credential.js';

const secret = 'sekret-0123456789';
const carrying = (headers: unknown) => mint({ headers }, 'test', undefined);
const refusal = (headers: unknown): unknown => {
  try {
    return mint({ token: 'x', headers }, 'test', undefined);
  } catch (error) {
    return error;
  }
};

describe('the headers of a credential', () => {
  it('are what the source gave, frozen, without a token beside them', () => {
    const credential = carrying({ 'X-API-Key': secret, Authorization: 'Basic eDp5' });
    expect({ ...credential.headers }).toEqual({
      'X-API-Key': secret,
      Authorization: 'Basic eDp5',
    });
    expect(Object.isFrozen(credential.headers)).toBe(true);
    expect(credential.token).toBeUndefined();
  });

  it('are what they were, although their source changes the object', () => {
    const headers = { 'x-api-key': secret };
    const credential = carrying(headers);
    headers['x-api-key'] = 'other';
    expect(credential.headers?.['x-api-key']).toBe(secret);
  });

  it.each([
    ['none', undefined],
    ['null', null],
    ['an empty object', {}],
  ])('are absent where there are %s', (_, headers) => {
    expect(mint({ token: 'x', headers }, 'test', undefined).headers).toBeUndefined();
    expect(() => carrying(headers)).toThrow(/nor any headers/);
  });

  const prints: readonly (readonly [string, (value: unknown) => string])[] = [
    ['console.log', (value) => inspect(value)],
    ['a deep inspect', (value) => inspect(value, { depth: Infinity, showHidden: true })],
    [
      'an inspect without custom printers',
      (value) => inspect(value, { customInspect: false, showHidden: true, depth: Infinity }),
    ],
    ['JSON', (value) => JSON.stringify({ value })],
    ['a template', (value) => `${value}`],
  ];
  it.each(prints)('show no value in %s', (_, print) => {
    const credential = carrying({ 'X-API-Key': secret });
    expect(print(credential) + print(credential.headers)).not.toContain(secret);
  });

  it('show their names', () => {
    const credential = carrying({ 'X-API-Key': secret });
    expect(inspect(credential.headers)).toContain('"X-API-Key": [redacted]');
    expect(JSON.parse(JSON.stringify(credential.headers))).toEqual({ 'X-API-Key': '[redacted]' });
    expect(inspect(credential)).toContain("carries: [ 'headers' ]");
  });

  it('are part of the secret, in whatever order and letter case', () => {
    const one = carrying({ 'X-A': '1', 'X-B': '2' });
    const same = [{ 'x-b': '2', 'x-a': '1' }].map(carrying);
    const others = [{ 'X-A': '1' }, { 'X-A': '1', 'X-B': '3' }, { 'X-A': '1', 'X-C': '2' }];
    expect(same.every((other) => isSameSecret(one, other))).toBe(true);
    expect(others.map(carrying).some((other) => isSameSecret(one, other))).toBe(false);
    expect(isSameSecret(one, mint({ token: 'x' }, 'test', undefined))).toBe(false);
  });
});

describe('headers are refused', () => {
  it.each([
    ['a line break', `${secret}\nx`],
    ['a carriage return', `${secret}\r`],
    ['NUL', `${secret}\0`],
    ['a letter beyond ASCII', `${secret}é`],
    ['white space around', ` ${secret}`],
    ['a number', 83_650_412],
    ['a list', [secret]],
    ['undefined', undefined],
    ['nothing in it', ''],
  ])('with a value that has or is %s: the header is named, the value is not', (_, value) => {
    const error = refusal({ 'X-Fine': 'fine', 'X-API-Key': value }) as Error;
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_HEADER' });
    expect(error.message).toContain('"X-API-Key"');
    expect(inspect(error)).not.toMatch(/sekret|83650412/);
  });

  it.each(['', 'x key', 'x\nkey', 'x(key)', 'ключ', ':authority'])('with the name "%s"', (name) => {
    const error = refusal({ [name]: secret }) as Error;
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_HEADER' });
    expect(inspect(error)).not.toContain(secret);
  });

  it('with a name that is a whole line, and shows what stands before its colon', () => {
    const error = refusal({ [`X-Key: ${secret}`]: 'x' }) as Error;
    expect(error.message).toContain('"X-Key"');
    expect(error.message).not.toContain(secret);
  });

  it('with a name that is a secret in the wrong place, of which no more than its beginning is shown', () => {
    const error = refusal({ [`${'x'.repeat(64)} ${secret}`]: 'x' }) as Error;
    expect(error.message).toContain('"xxx');
    expect(error.message).not.toContain(secret);
  });

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'CONNECTION',
    'upgrade',
    'Expect',
    'HTTP2-Settings',
    'Keep-Alive',
    'proxy-connection',
    'TE',
    'trailer',
    '__proto__',
    '__PROTO__',
  ])('with %s, which is no credential', (name) => {
    const headers = Object.fromEntries([[name, secret]]);
    expect(refusal(headers)).toMatchObject({
      code: 'ERR_CREDENTIAL_HEADER',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  it('with one that is given twice', () => {
    expect(refusal({ 'X-A': '1', 'x-a': '2' })).toMatchObject({
      message: expect.stringContaining('"X-A" and "x-a"'),
    });
  });

  it.each([
    ['a string', secret],
    ['a list', [['X-A', secret]]],
    ['a Map', new Map([['X-A', secret]])],
    ['Headers', new Headers({ 'X-A': secret })],
  ])('that are %s, instead of being lost', (_, headers) => {
    const error = refusal(headers) as Error;
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_HEADER' });
    expect(inspect(error)).not.toContain(secret);
  });

  it('while what is held serves on', async () => {
    const loads = [{ headers: { 'X-A': 'good' } }, { headers: { 'X-A': 'bad\n' } }];
    const manager = createCredentialManager({ source: async () => loads.shift() ?? {} });
    const held = await manager.current();
    await expect(manager.refresh()).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_HEADER' });
    expect(manager.peek()).toBe(held);
  });
});

describe('a manager', () => {
  it('makes a new generation of other headers, and touches no connection', async () => {
    let key = 'one';
    const source = async () => ({ headers: { 'X-A': key }, refreshAt: 0 });
    const manager = createCredentialManager({ source });
    const first = await manager.current();
    expect(await manager.refresh()).toBe(first);
    key = 'two';
    const second = await manager.refresh();
    expect([second.generation, second.certificateGeneration]).toEqual([2, 1]);
  });

  it('replays with other headers, and delivers the refusal where they are the same', async () => {
    const loads = ['one', 'one', 'two'];
    const source = async () => ({ token: 't', headers: { 'X-A': loads.shift() ?? '' } });
    const manager = createCredentialManager({ source });
    const first = await manager.current();
    expect(await manager.invalidate(first)).toBeUndefined();
    const held = await manager.current();
    expect((await manager.invalidate(held))?.headers?.['X-A']).toBe('two');
  });
});
