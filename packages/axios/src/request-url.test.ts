import axios, { AxiosHeaders } from 'axios';
import { expect, it } from 'vitest';
import type { RequestConfig } from './axios-shape.js';
import { requestUrl } from './request-url.js';

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
  { baseURL: '/relative', url: 'a' },
  { url: '/relative' },
  {},
];

it.each(configs)('agrees with axios about the URL of %j', (config) => {
  const text = axios.getUri(config as object) ?? '';
  const theirs = URL.canParse(text) ? new URL(text).href : undefined;
  const ours = requestUrl({ ...config, headers: new AxiosHeaders() })?.href;
  expect(ours?.replace(/\/$/, '')).toBe(theirs?.replace(/\/$/, ''));
});
