import { Metadata } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { keepMetadata, TokenMetadata } from './call-metadata.js';

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

it('keeps options that come without any entry', () => {
  const patient = new Metadata({ waitForReady: true });
  expect(new TokenMetadata().with('one', keepMetadata(patient)).getOptions()).toEqual({
    waitForReady: true,
  });
});
