import axios, { AxiosHeaders } from 'axios';
import { expect, it } from 'vitest';
import type { RequestConfig } from './axios-shape.js';
import { RequestUrls } from './request-url.js';

const base = 'https://api.example/v1/';
const configs: readonly Omit<RequestConfig, 'headers'>[] = [
  { url: 'https://api.example/a?b=c' },
  { baseURL: base },
  { baseURL: base, url: '' },
  { baseURL: base, url: 'a' },
  { baseURL: base, url: '/a' },
  { baseURL: base, url: '//other.example/a' },
  { baseURL: base, url: 'HTTPS://other.example/a' },
  { baseURL: base, url: 'https://other.example/a' },
  { baseURL: base, url: 'https://other.example/a', allowAbsoluteUrls: false },
  { baseURL: base, url: '@other.example' },
  { baseURL: base, url: '\\\\other.example' },
  { baseURL: 'https://api.example', url: '.other.example' },
  { baseURL: 'https://user:word@api.example', url: 'a' },
  { baseURL: 'https://api.example?a=b', url: '@other.example' },
  { baseURL: 'https://', url: 'other.example' },
  { baseURL: 'https:///', url: 'other.example/a' },
  { baseURL: '/relative', url: 'a' },
  { url: '/relative' },
  {},
];

const whereTo = (url: URL | undefined) => url && [url.origin, url.username, url.password];

it.each(configs)('agrees with axios about where %j goes', (config) => {
  const text = axios.getUri(config as object) ?? '';
  const theirs = URL.canParse(text) ? new URL(text) : undefined;
  const ours = new RequestUrls(axios).of({ ...config, headers: new AxiosHeaders() });
  expect(whereTo(ours)).toEqual(whereTo(theirs));
});

it('notices that the base URL has changed', () => {
  const urls = new RequestUrls(axios);
  const headers = new AxiosHeaders();
  const origins = ['https://a.example', 'https://b.example/v1', 'https://a.example'].map(
    (baseURL) => urls.of({ baseURL, url: 'x', headers })?.origin,
  );
  expect(origins).toEqual(['https://a.example', 'https://b.example', 'https://a.example']);
});
