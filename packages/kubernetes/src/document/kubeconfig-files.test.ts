import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readKubeconfig } from './kubeconfig-files.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'keyturn-kubeconfig-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const write = async (name: string, text: string): Promise<string> => {
  const file = path.join(directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};
const list = (...files: readonly string[]) => vi.stubEnv('KUBECONFIG', files.join(path.delimiter));

describe('readKubeconfig', () => {
  it.each([undefined, ''])('reads ~/.kube/config where KUBECONFIG is %j', async (value) => {
    vi.stubEnv('KUBECONFIG', value);
    vi.stubEnv(process.platform === 'win32' ? 'USERPROFILE' : 'HOME', directory);
    const file = await write('.kube/config', 'current-context: home');
    const kubeconfig = await readKubeconfig({});
    expect(kubeconfig).toMatchObject({ currentContext: 'home', files: [`"${file}"`] });
  });

  it('merges the files of KUBECONFIG: the first that names an entry gives the whole of it', async () => {
    const a = await write('a', 'current-context: ""\nusers: [{name: u, user: {token: of-a}}]');
    const b = await write(
      'b/b',
      'current-context: b\nusers: [{name: u, user: {tokenFile: x}}, {name: v, user: {token: of-b}}]',
    );
    list(a, '', path.join(directory, 'missing'), b, a);
    const { files, currentContext, users } = await readKubeconfig({});
    expect(files).toEqual([`"${a}"`, `"${b}"`]);
    expect(currentContext).toBe('b');
    expect(users.get('u')).toMatchObject({ value: { token: 'of-a' }, place: { directory } });
    expect(users.get('v')).toMatchObject({ place: { directory: path.join(directory, 'b') } });
    expect(users.get('u')?.value).not.toHaveProperty('tokenFile');
  });

  it('lets the first file that sets a current context choose', async () => {
    list(await write('a', 'current-context: first'), await write('b', 'current-context: second'));
    expect((await readKubeconfig({})).currentContext).toBe('first');
  });

  it('says where it looked when there is nothing', async () => {
    list(path.join(directory, 'x'), path.join(directory, 'y'));
    await expect(readKubeconfig({})).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: `No kubeconfig was found at "${path.join(directory, 'x')}", "${path.join(directory, 'y')}". Correct KUBECONFIG, or give "path" or "text".`,
    });
  });

  it.each([undefined, ''])('says what to set where KUBECONFIG is %j', async (value) => {
    vi.stubEnv('KUBECONFIG', value);
    vi.stubEnv(process.platform === 'win32' ? 'USERPROFILE' : 'HOME', directory);
    await expect(readKubeconfig({})).rejects.toThrow(
      `No kubeconfig was found at "${path.join(directory, '.kube', 'config')}". Set KUBECONFIG, or give "path" or "text".`,
    );
  });

  it('names no place where KUBECONFIG names none', async () => {
    list('', '');
    await expect(readKubeconfig({})).rejects.toThrow(
      'No kubeconfig was found. Correct KUBECONFIG, or give "path" or "text".',
    );
  });

  it('stops at a file of the list that cannot be read', async () => {
    const good = await write('good', 'current-context: a');
    list(good, directory);
    await expect(readKubeconfig({})).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: `The kubeconfig "${directory}" cannot be read: it is a directory. Name a file in it.`,
    });
    list(good, await write('bad', 'users: {'));
    await expect(readKubeconfig({})).rejects.toMatchObject({ code: 'ERR_KUBECONFIG_PARSE' });
  });

  it('reads one path and not the list', async () => {
    list(await write('listed', 'current-context: listed'));
    const file = await write('only', 'current-context: only');
    expect((await readKubeconfig({ path: path.relative('', file) })).currentContext).toBe('only');
  });

  it('does not take one missing path for an empty kubeconfig', async () => {
    const file = path.join(directory, 'missing');
    await expect(readKubeconfig({ path: file })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_READ',
      message: expect.stringContaining(`No kubeconfig was found at "${file}".`),
    });
  });

  it('begins a sentence about a text as any other', async () => {
    const text = 'kind: Secret';
    await expect(readKubeconfig({ text })).rejects.toThrow(
      /^The kubeconfig text is no kubeconfig: its kind is "Secret"/,
    );
  });

  it('starts the relative paths of a text at the working directory', async () => {
    const { users } = await readKubeconfig({ text: 'users: [{name: u, user: {tokenFile: x}}]' });
    expect(users.get('u')?.place).toMatchObject({
      file: 'the kubeconfig text',
      directory: process.cwd(),
    });
  });
});
