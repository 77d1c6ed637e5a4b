import { inspect } from 'node:util';
import type { CredentialMaterial } from '@keyturn/core';
import { expect, it } from 'vitest';
import { certificateFor, setStage } from './stage.js';
import type { Subject } from './subject.js';

export function secretScenes<Client>(subject: Subject<Client>): void {
  /** Everything a program is likely to do with a thing before it ends up in a log. */
  const printed = (thing: unknown): string =>
    [
      inspect(thing),
      inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
      safeJson(thing),
      safeJson({ ...(thing as object) }),
      String((thing as { stack?: string }).stack),
    ].join('\n');

  const material = async (): Promise<CredentialMaterial> => ({
    ...(await certificateFor(1)),
    token: 'very-secret',
  });

  it.each([true, false])(
    'shows no secret in an answer or a refusal (plain http: %s)',
    async (plainHttp) => {
      const { manager, source, binding, send } = await setStage(subject, {
        server: { plainHttp, authorize: ({ path }) => path !== '/refused' },
      });
      source.change = material;
      const { clientCertificate } = await manager.current();
      const [, ...key] = clientCertificate?.privateKey.split('\n') ?? [];
      for (const path of ['/fine', '/refused']) {
        const { raw } = await send(path);
        const text = printed(raw) + printed(binding.client);
        expect(text).toContain(path);
        expect(text).not.toContain('very-secret');
        expect(text).not.toContain(key[0]);
      }
    },
  );

  it('shows no secret in a connection error', async () => {
    const { server, source, send } = await setStage(subject);
    source.change = material;
    await server.close();
    const error = await send('/gone').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(printed(error)).not.toContain('very-secret');
  });
}

function safeJson(thing: unknown): string {
  try {
    return JSON.stringify(thing) ?? '';
  } catch {
    // A circular structure cannot be turned into JSON, with or without us.
    return '';
  }
}
