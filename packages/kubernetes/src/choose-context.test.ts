import { describe, expect, it } from 'vitest';
import { type ContextChoice, chooseContext } from './choose-context.js';
import { parseKubeconfig } from './document/kubeconfig-document.js';

const choose = async (text: string, context?: string, other?: ContextChoice) =>
  chooseContext(await parseKubeconfig(text, { file: '"f"', directory: '/' }), {
    context,
    ...other,
  });

const kubeconfig = `
current-context: home
contexts:
- {name: home, context: {cluster: c, user: u}}
- {name: work, context: {cluster: c, user: v, namespace: team}}
- {name: lost, context: {cluster: gone, user: u}}
- {name: nobody, context: {cluster: c}}
clusters: [{name: c, cluster: {server: "https://c"}}]
users: [{name: u, user: {token: t}}, {name: v, user: {token: t}}]
`;

describe('chooseContext', () => {
  it('takes the current context', async () => {
    expect(await choose(kubeconfig)).toMatchObject({ name: 'home', namespace: undefined });
  });

  it('takes the one that is asked for, with its namespace', async () => {
    const { name, namespace, cluster, user } = await choose(kubeconfig, 'work');
    expect([name, namespace, cluster.text('server')]).toEqual(['work', 'team', 'https://c']);
    expect(user.place).toMatchObject({ entry: 'user "v"', context: 'work', file: '"f"' });
  });

  it('takes the cluster, the user and the namespace that are asked for in place of its own', async () => {
    const other = { user: 'v', namespace: 'else' };
    const chosen = await choose(kubeconfig, 'lost', { ...other, cluster: 'c' });
    expect(chosen).toMatchObject({ name: 'lost', namespace: 'else' });
    expect(chosen.cluster.place).toMatchObject({ entry: 'cluster "c"', context: 'lost' });
    expect(chosen.user.place).toMatchObject({ entry: 'user "v"', context: 'lost' });
  });

  it.each(['../kube-system', 'a/b', 'a%2fb', '..', '.'])(
    'refuses the namespace %j, which would lead requests elsewhere',
    async (namespace) => {
      await expect(choose(kubeconfig.replace('team', `"${namespace}"`), 'work')).rejects.toThrow(
        'Field "namespace" of context "work" in "f" is no name:',
      );
    },
  );

  it('needs no context where cluster and user are named', async () => {
    const text = kubeconfig.replace('current-context: home', '');
    const chosen = await choose(text, undefined, { cluster: 'c', user: 'v' });
    expect(chosen).toMatchObject({ name: '', namespace: undefined });
    expect(chosen.user.place).toMatchObject({ entry: 'user "v"', context: undefined });
    await expect(choose(text, undefined, { cluster: 'c' })).rejects.toThrow(/No context is chosen/);
  });

  it('says of a cluster that is asked for that there is none, and what there is', async () => {
    await expect(choose(kubeconfig, 'home', { cluster: 'C' })).rejects.toThrow(
      'Cluster "C" is not in "f". Did you mean "c"? There is "c".',
    );
  });

  it.each([
    [
      'no context',
      kubeconfig.replace('current-context: home', ''),
      undefined,
      'No context is chosen: "current-context" is not set in "f". Give the option "context". There are "home", "work", "lost", "nobody".',
    ],
    [
      'a context that is not there',
      kubeconfig,
      'wrk',
      'Context "wrk" is not in "f". There are "home", "work", "lost", "nobody".',
    ],
    [
      'a cluster that is not there',
      kubeconfig,
      'lost',
      'Cluster "gone" of context "lost" is not in "f". There is "c".',
    ],
    [
      'a context without a user',
      kubeconfig,
      'nobody',
      'Field "user" of context "nobody" in "f" is missing. Name one there. There are "u", "v".',
    ],
    ['an empty kubeconfig', '', 'x', 'Context "x" is not in "f". There are none.'],
  ])('says what is wrong with %s and what there is', async (_, text, wanted, message) => {
    await expect(choose(text, wanted)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_KUBECONFIG_CONTEXT', message }),
    );
  });

  it.each([
    [20, /"name19"\.$/],
    [21, /"name19" and 1 more\.$/],
  ])('lists twenty of %i names, and says how many are left', async (count, end) => {
    const names = Array.from({ length: count }, (_, index) => `{name: name${index}}`);
    const text = `contexts: [${names.join(', ')}]`;
    await expect(choose(text)).rejects.toThrow(end);
  });

  it('lists names with dots in them as they are', async () => {
    const text =
      'current-context: x\ncontexts: [{name: x, context: {user: u}}]\nclusters: [{name: a.b}]';
    await expect(choose(text)).rejects.toThrow(/Name one there\. There is "a\.b"\.$|"a\.b"/);
  });

  it('names every file where no context is chosen', () => {
    const kubeconfig = { files: ['"f"', '"g"'], contexts: new Map() } as never;
    expect(() => chooseContext(kubeconfig, {})).toThrow(/"f", "g" holds no contexts/);
  });
});
