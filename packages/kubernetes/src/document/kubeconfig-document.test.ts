import { describe, expect, it } from 'vitest';
import { parseKubeconfig } from './kubeconfig-document.js';

const parse = (text: string) => parseKubeconfig(text, { file: '"f"', directory: '/' });

describe('parseKubeconfig', () => {
  it('finds contexts, clusters and users by name', async () => {
    const kubeconfig = await parse(
      'current-context: a\nusers: [{name: u, user: {token: x}}]\nclusters: [{name: c, cluster: {}}]\ncontexts: [{name: a}]\n',
    );
    expect(kubeconfig.currentContext).toBe('a');
    expect(kubeconfig.users.get('u')?.value).toEqual({ token: 'x' });
    expect([...kubeconfig.clusters.keys(), ...kubeconfig.contexts.keys()]).toEqual(['c', 'a']);
  });

  it.each(['', '\n', 'null', '{}', 'kind: Config', 'apiVersion: v1\nusers: null'])(
    'takes %j for an empty kubeconfig',
    async (text) => {
      expect(await parse(text)).toMatchObject({ currentContext: undefined, users: new Map() });
    },
  );

  it.each([
    ['a list', '[a]', 'ERR_KUBECONFIG_PARSE', '"f" is no kubeconfig: it is a list.'],
    ['prose', 'hello', 'ERR_KUBECONFIG_PARSE', '"f" is no kubeconfig: it is plain text.'],
    ['another kind', 'kind: Pod', 'ERR_KUBECONFIG_PARSE', '"f" is no kubeconfig'],
    [
      'a kind with more behind it',
      'kind: Config s3cret',
      'ERR_KUBECONFIG_PARSE',
      'kind is something',
    ],
    ['another version', 'apiVersion: v2', 'ERR_KUBECONFIG_PARSE', '"f" is no kubeconfig'],
    ['users that are no list', 'users: {}', 'ERR_KUBECONFIG_FIELD', 'Field "users" of "f"'],
    [
      'an unquoted y as a name',
      'users: [{name: y}]',
      'ERR_KUBECONFIG_FIELD',
      'Field "users[0].name" of "f"',
    ],
    [
      'a name that repeats',
      'users: [{name: a}, {name: a}]',
      'ERR_KUBECONFIG_FIELD',
      'Field "users[1].name" of "f" repeats "a"',
    ],
  ])('refuses %s', async (_, text, code, words) => {
    await expect(parse(text)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });

  it.each([
    ['eyJ.a-b.c_d', 'it is a token'],
    ['more abc.d-e.f_g', 'it is plain text'],
    ['abc.d-e.f_g more', 'it is plain text'],
    ['~/.kube/config', 'it is a path'],
    ['C:\\kube', 'it is a path'],
    ['see /etc/kube', 'it is plain text'],
    ['see c:\\kube', 'it is plain text'],
    ['kind: config', 'Write them so'],
    ['kind: Kubeconfig', 'Give the path of a kubeconfig'],
    ['kind: Configuration', 'Give the path of a kubeconfig'],
  ])('says of "%s" what it is or wants', async (text, words) => {
    await expect(parse(text)).rejects.toThrow(words);
  });

  it('does not look into entries that nobody has chosen', async () => {
    expect((await parse('users: [{name: a, user: 5}]')).users.has('a')).toBe(true);
  });
});
