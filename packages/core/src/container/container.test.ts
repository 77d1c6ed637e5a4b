import {
  bindingModule,
  Container,
  ContainerModule,
  clientToken,
  createCredentialManager,
  credentialModule,
  tokens,
} from '@keyturn/core/container';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it, vi } from 'vitest';
import type { CredentialManager } from '../contract.js';

const source = { name: 'test', load: async () => ({ token: 'x' }) };

describe('createCredentialManager', () => {
  it.each([
    [undefined, /Option "source"/],
    [{}, /Option "source"/],
    [{ source: { name: 'x' } }, /Option "source"/],
    [
      { source, refreshWindowMS: 5 },
      /no option "refreshWindowMS"\. Did you mean "refreshWindowMs"\?/,
    ],
    [{ source, other: 5 }, /"clock", "modules"\.$/],
    [{ source, refreshWindowMs: '2m' }, /"refreshWindowMs"/],
    [{ source, clockSkewMs: -1 }, /"clockSkewMs"/],
    [{ source, refusalLimit: { threshold: 1 }, clock: {} }, /"clock"/],
    [{ source, refusalLimit: { limit: 1 } }, /no option "limit"/],
    [{ source, refusalLimit: { threshold: -1, intervalMs: 5 } }, /"refusalLimit.threshold"/],
  ])('refuses %j and says which option', (options, message) => {
    expect(() => createCredentialManager(options as never)).toThrow(message);
  });

  it('lets a module replace a part', async () => {
    const schedule = vi.fn(() => ({
      dueAt: 0,
      expiredAt: Infinity,
      endsAt: Infinity,
      bornExpired: false,
    }));
    const replaced = new ContainerModule(({ rebind }) => {
      rebind(tokens.expiryPolicy).toConstantValue({ schedule });
    });
    const manager = createCredentialManager({ source, modules: [replaced, replaced] });
    await manager.current();
    expect(schedule).toHaveBeenCalledTimes(1);
  });

  it('makes managers that share nothing', async () => {
    const one = createCredentialManager({ source });
    const other = createCredentialManager({ source });
    await one.current();
    expect(other.peek()).toBeUndefined();
  });
});

describe('an application with its own container', () => {
  it('gets one manager from credentialModule', async () => {
    const container = new Container();
    await container.load(credentialModule({ source, clock: manualClock() }));
    const manager = container.get(tokens.manager);
    expect(container.get(tokens.manager)).toBe(manager);
    expect((await manager.current()).token).toBe('x');
  });

  it('gets the bound client under its token and every binding under tokens.binding', async () => {
    interface Client {
      readonly name: string;
      readonly manager?: CredentialManager;
    }
    const supports = { token: true, clientCertificate: false, replay: true };
    const unbind = vi.fn();
    const bind = (bare: Client, manager: CredentialManager) => ({
      client: { ...bare, manager },
      supports,
      unbind,
    });
    const first = clientToken<Client>('test');
    const second = clientToken<Client>('test', 'second');
    const container = new Container();
    await container.load(
      credentialModule({ source }),
      bindingModule(first, bind, () => ({ name: 'first' })),
      bindingModule(second, bind, () => ({ name: 'second' })),
    );
    expect(container.get(first)).toMatchObject({
      name: 'first',
      manager: container.get(tokens.manager),
    });
    expect(container.get(second).name).toBe('second');
    const bindings = container.getAll(tokens.binding);
    expect(bindings.map(({ client }) => client)).toEqual([
      container.get(first),
      container.get(second),
    ]);
    for (const binding of bindings) binding.unbind();
    expect(unbind).toHaveBeenCalledTimes(2);
  });
});
