import { type SceneBody, testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { bindSample } from './bind-sample.js';

// What the scenes ask for, in the words of fetch: say it in those of your client.
testBinding({
  test: it,
  name: 'sample',
  // fetch does not say whether a connection was kept. If your client does, `mayResend` of `withCredential` sends it again.
  lacks: ['resends'],
  bind: (manager, { url: _baseUrl, maxSockets: _maxSockets, ...options }) =>
    bindSample(fetch, manager, options),
  send: async (client, { url, method, headers, body, signal, timeoutMs }) => {
    const signals = signal === undefined ? [] : [signal];
    if (timeoutMs !== undefined) signals.push(AbortSignal.timeout(timeoutMs));
    const answer = await client(url, {
      method,
      headers,
      body: bodyOf(body),
      signal: AbortSignal.any(signals),
      duplex: 'half',
    });
    return { status: answer.status, body: await answer.text(), answer };
  },
});

function bodyOf(body: SceneBody | undefined): NonNullable<RequestInit['body']> | null {
  if (body === undefined) return null;
  return body.kind === 'json' ? JSON.stringify(body.value) : body.value;
}
