import { Metadata } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { keepMetadata, TokenMetadata, withHeadersOf } from './call-metadata.js';

it('carries the token of each call, alone or beside what the caller sends', () => {
  const tokens = new TokenMetadata();
  const given = new Metadata();
  given.set('x-tenant', 'blue');
  const sent = (token: string | undefined, metadata: Metadata) => ({
    ...tokens.with(token, keepMetadata(metadata)).getMap(),
  });
  expect(sent('one', new Metadata())).toEqual({ authorization: 'Bearer one' });
  expect(sent('one', given)).toEqual({ 'x-tenant': 'blue', authorization: 'Bearer one' });
  expect(sent('two', new Metadata())).toEqual({ authorization: 'Bearer two' });
  expect(sent(undefined, new Metadata())).toEqual({});
  expect(sent(undefined, given)).toEqual({ 'x-tenant': 'blue' });
  expect(given.getMap()).toEqual({ 'x-tenant': 'blue' });
});

it('takes the token of an attempt out again, for one that has none', () => {
  const tokens = new TokenMetadata();
  const given = new Metadata();
  given.set('x-tenant', 'blue');
  const kept = keepMetadata(given);
  tokens.with('one', kept);
  expect(tokens.with(undefined, kept).getMap()).toEqual({ 'x-tenant': 'blue' });
});

const credentialWith = (headers: Record<string, string>) => ({
  generation: 1,
  certificateGeneration: 1,
  token: 't',
  headers,
});

it('adds the headers of a credential to a copy, but for what the caller sends', () => {
  const given = new Metadata();
  given.set('x-tenant', 'mine');
  const credential = credentialWith({ 'X-Tenant': 'ours', 'X-API-Key': 'k' });
  const sent = withHeadersOf(credential, keepMetadata(given));
  const expected = { authorization: 'Bearer t', 'x-tenant': 'mine', 'x-api-key': 'k' };
  expect(sent.getMap()).toEqual(expected);
  expect(given.getMap()).toEqual({ 'x-tenant': 'mine' });
});

it('sends a header whose name ends in "-bin" as the bytes that its base64 stands for', () => {
  const sent = withHeadersOf(credentialWith({ 'x-key-bin': 'AQID' }), new Metadata());
  expect(sent.get('x-key-bin')).toEqual([Buffer.from([1, 2, 3])]);
});

it.each([
  ['a name', { "x'key": 'sekret' }, `"x'key"`],
  ['a tab', { 'x-key': 'sekret\tsekret' }, '"x-key"'],
])('says that gRPC cannot send %s, and shows no value', (_, headers, name) => {
  const send = () => withHeadersOf(credentialWith(headers as never), new Metadata());
  expect(send).toThrow(name);
  expect(send).not.toThrow('sekret');
  expect(send).toThrow(expect.objectContaining({ code: 'ERR_CREDENTIAL_HEADER' }));
});

it('keeps options that come without any entry', () => {
  const patient = new Metadata({ waitForReady: true });
  expect(new TokenMetadata().with('one', keepMetadata(patient)).getOptions()).toEqual({
    waitForReady: true,
  });
});
