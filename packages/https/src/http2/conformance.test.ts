import { text } from 'node:stream/consumers';
import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { bindHttp2 } from './bind-http2.js';

testBinding({
  test: it,
  name: 'bindHttp2',
  protocol: 'http/2',
  bind: (manager, { url: _, maxSockets: __, ...options }) => bindHttp2(manager, options),
  send: async (client, { url, body, ...options }) => {
    const data = body?.kind === 'json' ? JSON.stringify(body.value) : body?.value;
    const answer = await client.request(url, { ...options, body: data });
    return { status: answer.statusCode, body: await text(answer.stream), answer };
  },
});
