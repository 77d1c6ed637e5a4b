import { type SceneAnswer, type SceneBody, type SceneRequest, testBinding } from '@keyturn/testkit';
import ky, { HTTPError, type KyInstance, type Options } from 'ky';
import { it } from 'vitest';
import { bindKy } from './bind-ky.js';

testBinding({
  test: it,
  name: 'ky',
  // fetch does not say whether a connection was kept.
  lacks: ['resends'],
  bind: (manager, { url: _url, maxSockets: _maxSockets, ...options }) =>
    bindKy(ky.create({ retry: 0 }), manager, options),
  send,
  watch: (client, onAnswer) =>
    client.extend({
      hooks: { afterResponse: [(_request, _options, { status }) => onAnswer(status)] },
    }),
  sendWithRetry: (client, request, beforeRetry) => {
    const hooks = { beforeRetry: [async () => void (await beforeRetry())] };
    return send(client.extend({ retry: { limit: 1, delay: () => 1 }, hooks }), request);
  },
});

async function send(
  client: KyInstance,
  { url, method, headers, body, signal, timeoutMs = 60_000 }: SceneRequest,
): Promise<SceneAnswer> {
  const options = { method, headers, timeout: timeoutMs, ...bodyOptions(body) };
  try {
    const answer = await client(url, { ...options, ...(signal && { signal }) });
    return { status: answer.status, body: await answer.text(), answer };
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error;
    return { status: error.response.status, body: await error.response.text(), answer: error };
  }
}

function bodyOptions(body: SceneBody | undefined): Options {
  if (body === undefined) return {};
  return body.kind === 'json' ? { json: body.value } : { body: body.value, duplex: 'half' };
}
