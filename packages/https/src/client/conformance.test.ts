import { text } from 'node:stream/consumers';
import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { bindHttps } from '../index.js';

testBinding({
  test: it,
  name: 'https',
  bind: (manager, { url: _, maxSockets, ...options }) =>
    bindHttps(manager, { ...options, agent: { maxSockets } }),
  send: async (client, { url, body, ...options }) => {
    const data = body?.kind === 'json' ? JSON.stringify(body.value) : body?.value;
    const response = await client.request(url, { ...options, body: data });
    return { status: response.statusCode ?? 0, body: await text(response), answer: response };
  },
});
