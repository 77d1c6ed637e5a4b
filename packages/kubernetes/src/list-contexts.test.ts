import { describe, expect, it } from 'vitest';
import { listContexts } from './list-contexts.js';

const text = `
current-context: home
contexts:
- {name: work, context: {cluster: c, user: v, namespace: team}}
- {name: home, context: {cluster: gone}}
`;

describe('listContexts', () => {
  it('lists the contexts as they stand there, and opens nothing', async () => {
    expect(await listContexts({ text })).toEqual([
      { name: 'work', isCurrent: false, cluster: 'c', user: 'v', namespace: 'team' },
      { name: 'home', isCurrent: true, cluster: 'gone', user: undefined, namespace: undefined },
    ]);
  });

  it('lists none of an empty kubeconfig', async () => {
    expect(await listContexts({ text: '' })).toEqual([]);
  });

  it('says where a kubeconfig is broken', async () => {
    await expect(listContexts({ path: '/nowhere/config' })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
    });
    await expect(listContexts({ text: 'contexts: [{name: x, context: 5}]' })).rejects.toMatchObject(
      { code: 'ERR_KUBECONFIG_FIELD' },
    );
  });

  it.each([[{ context: 'x' }], [{ path: '' }], [{ path: 'x', text: 'y' }]])(
    'refuses %j',
    async (options) => {
      await expect(listContexts(options as object)).rejects.toThrow(TypeError);
    },
  );
});
