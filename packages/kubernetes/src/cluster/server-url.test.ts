import { describe, expect, it } from 'vitest';
import { readServerUrl } from './server-url.js';

describe('the address of a server', () => {
  it.each([
    'https://api.example',
    'https://api.example:6443/base/',
    'HTTPS://[::1]:6443',
    'http://127.0.0.1:8001',
    'https://me:s3cret@api.example',
    'https://api.example:65535/?a=1#b',
  ])('may be %s', (text) => {
    expect(readServerUrl(text)).toBeInstanceOf(URL);
  });

  it.each([
    ['api.example:6443', 'Write "https://" before it'],
    ['//api.example', 'Write "https://" before it'],
    ['ftp://api.example', 'not "ftp://"'],
    ['https:api.example', 'two slashes'],
    ['https:///api.example', 'two slashes'],
    ['https://', 'two slashes'],
    ['https://api.example:65536', 'at most 65535'],
    ['https://api.example:6443x/', 'at most 65535'],
    ['https://api example', 'holds a blank'],
    ['\thttps://api.example', 'a blank at its start'],
    ['https://api.example\u00a0', 'a blank at its end'],
    ['https://{{ .Values.host }}', 'never filled in'],
    ['https://$API_HOST:6443', 'holds "$API_HOST"'],
    ['https://a%zz', 'is no host'],
  ])('is not %j', (text, words) => {
    expect(readServerUrl(text)).toEqual({ fault: expect.stringContaining(words) });
  });
});
