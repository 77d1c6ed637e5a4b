import type { OutgoingHttpHeaders } from 'node:http2';
import { snapshot } from '@keyturn/core/binding';
import type { EncodedBody } from '../client/request-body.js';

/**
 * Returns the headers of an HTTP/2 request: names in lower case, as the protocol demands, and those that describe the
 * body where the caller has none.
 */
export function http2Headers(
  target: URL,
  method: string,
  headers: Readonly<OutgoingHttpHeaders>,
  body: EncodedBody,
): OutgoingHttpHeaders {
  const given: [string, OutgoingHttpHeaders[string]][] = Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name.toLowerCase(), value]);
  // HTTP/2 frames a body of unknown length by itself, and forbids the header that HTTP/1.1 needs for it.
  const describing = Object.entries(body.headers).filter(([name]) => name !== 'transfer-encoding');
  return snapshot<OutgoingHttpHeaders>({
    ':method': method,
    ':path': `${target.pathname}${target.search}`,
    ...Object.fromEntries(describing),
    ...basicAuthorization(target),
    ...Object.fromEntries(given),
  });
}

/** User and password in a URL are an Authorization of the caller's own. */
function basicAuthorization({ username, password }: URL): OutgoingHttpHeaders {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
