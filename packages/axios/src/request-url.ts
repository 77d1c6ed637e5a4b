import { parseUrl } from '@keyturn/core/binding';
import type { AxiosCopy } from './axios-copy.js';
import type { RequestConfig } from './axios-shape.js';

const absolute = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i;

/** Finds out where requests of one client go. */
export class RequestUrls {
  readonly #copy: Pick<AxiosCopy, 'getUri'>;
  /** Of the latest base URL: a client has one, and parsing it for each request takes longer than the rest of a binding. */
  #base: { readonly text: string; readonly url: URL | undefined } = { text: '', url: undefined };

  constructor(copy: Pick<AxiosCopy, 'getUri'>) {
    this.#copy = copy;
  }

  /** Returns the URL that axios will ask, as far as its origin and user; undefined where axios itself will refuse it. */
  of(config: RequestConfig): URL | undefined {
    const { baseURL, url = '', socketPath } = config;
    // Behind a socket there is no host to name.
    if (!baseURL) return parseUrl(url) ?? (socketPath ? new URL('http://localhost') : undefined);
    if (absolute.test(url)) return parseUrl(this.#absolute(config));
    // What follows a whole base URL cannot change its origin: axios puts a slash between them.
    return this.#parseBase(baseURL) ?? parseUrl(joined(baseURL, url));
  }

  #parseBase(text: string): URL | undefined {
    if (this.#base.text !== text) this.#base = { text, url: parseUrl(`${text}/`) };
    return this.#base.url;
  }

  #absolute({ baseURL, url = '', allowAbsoluteUrls }: RequestConfig): string {
    if (allowAbsoluteUrls !== false) return url;
    // Versions before 1.8 do not know the option and ask the absolute URL all the same: let axios itself say.
    return this.#copy.getUri({ baseURL, url, allowAbsoluteUrls });
  }
}

function joined(baseUrl: string, url: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}
