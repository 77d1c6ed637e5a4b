import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { type PluginStep, type ScriptedPlugin, scriptedPlugin } from './scripted-plugin.js';

const open: ScriptedPlugin[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((plugin) => plugin.dispose()));
});

async function play(steps: PluginStep | readonly PluginStep[]): Promise<ScriptedPlugin> {
  const plugin = await scriptedPlugin(steps);
  open.push(plugin);
  return plugin;
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number | string;
  readonly signal?: string;
}

function run({ config }: ScriptedPlugin, info = 'an exec info'): Promise<Outcome> {
  const env = { ...process.env, KUBERNETES_EXEC_INFO: info };
  return promisify(execFile)(config.command, config.args, { env }).catch(
    (error: unknown) => error as Outcome,
  );
}

it('is a program that prints what its script says', async () => {
  const plugin = await play({ stdout: 'out', stderr: 'err' });
  expect(await run(plugin)).toMatchObject({ stdout: 'out', stderr: 'err' });
});

it('does one step for each run and repeats the last', async () => {
  const plugin = await play([{ stdout: 'one' }, { stdout: 'two' }]);
  const printed: string[] = [];
  for (let i = 0; i < 3; i += 1) printed.push((await run(plugin)).stdout);
  expect(printed).toEqual(['one', 'two', 'two']);
});

it('counts its runs and keeps what each was told', async () => {
  const plugin = await play({});
  expect(plugin.runs()).toBe(0);
  await run(plugin, 'first');
  await run(plugin, 'second');
  expect(plugin.runs()).toBe(2);
  expect(plugin.execInfos()).toEqual(['first', 'second']);
});

it('counts every one of several runs at the same moment', async () => {
  const plugin = await play([{ stdout: 'a' }, { stdout: 'b' }, { stdout: 'c' }]);
  const outcomes = await Promise.all([run(plugin), run(plugin), run(plugin)]);
  expect(outcomes.map(({ stdout }) => stdout).sort()).toEqual(['a', 'b', 'c']);
  expect(plugin.runs()).toBe(3);
});

it('begins a new script with its first step', async () => {
  const plugin = await play([{ stdout: 'old' }]);
  await run(plugin);
  plugin.script([{ stdout: 'new 1' }, { stdout: 'new 2' }]);
  expect((await run(plugin)).stdout).toBe('new 1');
  expect((await run(plugin)).stdout).toBe('new 2');
});

it('ends with the exit code or the signal of its step', async () => {
  const plugin = await play([{ exitCode: 3, stderr: 'no' }, { signal: 'SIGKILL' }]);
  expect(await run(plugin)).toMatchObject({ code: 3, stderr: 'no' });
  expect(await run(plugin)).toMatchObject({ signal: 'SIGKILL' });
});

it('waits before it writes', async () => {
  const plugin = await play({ delayMs: 150, stdout: 'late' });
  const startedAt = performance.now();
  expect((await run(plugin)).stdout).toBe('late');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(149);
});

it('leaves nothing behind after dispose', async () => {
  const plugin = await scriptedPlugin({});
  const directory = plugin.config.args.at(-1) ?? '';
  expect(existsSync(directory)).toBe(true);
  await plugin.dispose();
  expect(existsSync(directory)).toBe(false);
});
