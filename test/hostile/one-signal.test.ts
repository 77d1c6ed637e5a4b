import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createCredentialManager, staticSource } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { startTestApiServer } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

// A program gives one signal to all of its requests. Nothing leaks then, and nothing says that it does.

const count = 200;

async function setUp() {
  const waiting: ServerResponse[] = [];
  const server = await startTestApiServer({
    plainHttp: true,
    respond: (_, response) => void waiting.push(response as ServerResponse),
  });
  onTestFinished(() => server.close());
  const manager = createCredentialManager({ source: staticSource({ token: 'x' }) });
  onTestFinished(() => manager.close());
  return { server, manager, waiting };
}

describe('one signal for many requests', () => {
  it('carries one listener of bindHttps while they run, and none after them', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const { server, manager, waiting } = await setUp();
    const { client } = bindHttps(manager, { origins: [server.url] });
    const { signal } = new AbortController();
    const requests = Array.from({ length: count }, () => client.get(server.url, { signal }));
    await expect.poll(() => waiting.length).toBe(count);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const response of waiting) response.end('{}');
    for (const answer of await Promise.all(requests)) answer.resume();
    await expect.poll(() => getEventListeners(signal, 'abort').length).toBe(0);
    expect(warned).not.toHaveBeenCalled();
  });
});
