import axios from 'axios';
import type { RequestConfig } from './axios-shape.js';

const absolute = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i;

/** Returns the URL that axios will ask, without its query; undefined where axios itself will refuse it. */
export function requestUrl(config: RequestConfig): URL | undefined {
  const text = fullPath(config);
  return URL.canParse(text) ? new URL(text) : undefined;
}

function fullPath(config: RequestConfig): string {
  const { baseURL, url = '', allowAbsoluteUrls } = config;
  if (!baseURL) return url;
  if (!absolute.test(url)) return `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
  if (allowAbsoluteUrls !== false) return url;
  // Versions before 1.8 do not know the option and ask the absolute URL all the same: let axios itself say.
  return axios.getUri({ baseURL, url, allowAbsoluteUrls });
}
