import { describe, expect, it } from 'vitest';
import { nameForeignText } from './name-foreign-text.js';

describe('a text that is neither JSON nor YAML', () => {
  it.each([
    ['<!DOCTYPE html>\n<html>', 'an HTML page'],
    ['\n <!-- proxy -->\n<HTML lang="en">', 'an HTML page'],
    ['<?xml version="1.0"?><a/>', 'XML or HTML'],
    ['<Error><Code>AccessDenied</Code></Error>', 'XML or HTML'],
    ['HTTP/1.1 302 Found\r\nLocation: /login\r\n', 'an answer of an HTTP server, with its headers'],
    ['-----BEGIN CERTIFICATE-----\nMIIB', 'PEM text (certificate)'],
    ['-----BEGIN EC PRIVATE KEY-----\n', 'PEM text (ec private key)'],
    ['k\0i\0n\0d\0:\0', 'UTF-16 without a byte order mark'],
    ['\ufffd\ufffdk\0i\0n\0d\0', 'UTF-16 without a byte order mark'],
    ['\u007fELF\u0002\u0001\u0001\0\0\0\0\0', 'binary data'],
    ['\ufffd\ufffd\ufffd\u0001abc', 'binary data'],
  ])('is named: %j', (text, name) => {
    expect(nameForeignText(text)).toBe(name);
  });

  it.each([
    '',
    'kind: Config',
    '{"a": 1}',
    '<',
    '<<: *a',
    '<none>',
    '\u001b[32mSigned in.\u001b[0m',
    'a: "\ufffd"\nb: something longer',
  ])('is not found in %j', (text) => {
    expect(nameForeignText(text)).toBe(text === '<none>' ? 'XML or HTML' : undefined);
  });
});
