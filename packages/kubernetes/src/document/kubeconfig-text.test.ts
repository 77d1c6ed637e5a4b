import { describe, expect, it } from 'vitest';
import { readKubeconfigText } from './kubeconfig-text.js';

const read = (text: string): Promise<unknown> => readKubeconfigText(text, '"f"');

/** As a tool writes it, with authorities of `authorityBytes`. */
function kubeconfig(contexts: number, authorityBytes: number): object {
  const names = Array.from({ length: contexts }, (_, index) => `c${index}`);
  const data = Buffer.alloc(authorityBytes, 'certificate').toString('base64');
  const args = ['--region', 'eu-central-1', 'eks', 'get-token', '--cluster-name', 'prod'];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    args,
    command: 'aws',
    env: [{ name: 'AWS_PROFILE', value: 'prod' }],
    interactiveMode: 'IfAvailable',
    provideClusterInfo: false,
  };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c0',
    preferences: {},
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    clusters: names.map((name) => ({
      name,
      cluster: { server: 'https://h', 'certificate-authority-data': data },
    })),
    users: names.map((name) => ({ name, user: { exec } })),
  };
}

/** Block style, as kubectl and its like write it. */
function toYaml(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return ` ${value}\n`;
  const entries = Array.isArray(value)
    ? value.map((item) => ['-', item] as const)
    : Object.entries(value).map(([key, item]) => [`${key}:`, item] as const);
  if (entries.length === 0) return ' {}\n';
  const lines = entries.map(([key, item]) => `${indent}${key}${toYaml(item, `${indent}  `)}`);
  return `\n${lines.join('')}`;
}

describe('a kubeconfig', () => {
  it.each([
    ['one context', 1, 1_500],
    ['one context with two megabytes of authorities', 1, 1_500_000],
    ['a thousand contexts', 1_000, 1_500],
  ])('with %s is read, in YAML and in JSON', async (_, contexts, authorityBytes) => {
    const wanted = kubeconfig(contexts, authorityBytes);
    expect(await read(toYaml(wanted))).toEqual(wanted);
    expect(await read(JSON.stringify(wanted))).toEqual(wanted);
    expect(await read(JSON.stringify(wanted, null, 4))).toEqual(wanted);
  });

  it('may have its authority folded, as a block and as one long word', async () => {
    const lines = Array.from({ length: 30_000 }, () => 'QUJDRA'.repeat(11));
    const text = (data: string) => `clusters:\n- name: a\n  cluster:\n    data: ${data}`;
    const folded = (head: string) => text(`${head}\n      ${lines.join('\n      ')}\n`);
    expect(await read(folded('|'))).toEqual({
      clusters: [{ name: 'a', cluster: { data: `${lines.join('\n')}\n` } }],
    });
    expect(await read(folded(''))).toEqual({
      clusters: [{ name: 'a', cluster: { data: lines.join(' ') } }],
    });
  });

  it('keeps the digits of JSON that JavaScript would round', async () => {
    expect(await read('{"a": [9007199254740993, 1.5]}')).toEqual({
      a: [9_007_199_254_740_993n, 1.5],
    });
    expect(await read('{"a": 1e400}')).toEqual({ a: '1e400' });
  });

  it.each([
    ['brackets', '['.repeat(1_000_000), 'is no kubeconfig: it has 977 KiB and 0 named entries'],
    ['a few brackets', '['.repeat(1_000), 'nests deeper than 200 levels'],
    ['deep JSON', '{"a":'.repeat(300), 'nests deeper than 200 levels'],
    ['items', '- a\n'.repeat(10_000), 'is no kubeconfig: its 40 KiB hold far more than its named'],
    ['much behind one name', `name: a\nb: [${'c,'.repeat(9_000)}]`, 'hold far more than its named'],
    ['one entry again and again', '- name: a\n'.repeat(10_000), 'hold far more than its named'],
    ['one name again', `name: [${'[],'.repeat(60)}]\n`.repeat(200), 'hold far more than its named'],
    ['one word', 'x'.repeat(100_000), 'is no kubeconfig: it has 98 KiB and 0 named entries'],
    ['HTML', '<!doctype html><html>', 'is no kubeconfig: it is an HTML page'],
    ['an archive', '\u001f\ufffd\b\0\0', 'is no kubeconfig: it is binary data'],
    ['a mistake', 'a: 1\nb: "c', 'is not valid YAML at line 2, column 6'],
    ['long broken JSON', `{"name": "a", "b": "${'c'.repeat(300_000)}`, 'is JSON with a mistake'],
  ])('is not what is made of %s', async (_, text, fact) => {
    for (const _time of [1, 2, 3]) {
      await expect(read(text)).rejects.toThrow(
        expect.objectContaining({
          code: 'ERR_KUBECONFIG_PARSE',
          message: expect.stringContaining(fact),
        }),
      );
    }
  });
});
