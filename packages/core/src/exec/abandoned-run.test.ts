import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execCredential } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-abandoned-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string): string => join(directory, name);

/** Runs a program that has a `manager` of the compiled package; resolves with what it printed and its exit code. */
async function outcomeOf(plugin: string, then: string): Promise<readonly [string, number]> {
  const url = (path: string): string =>
    JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
  const code = `
    const { createCredentialManager } = await import(${url('index.js')});
    const { execSource } = await import(${url('exec/index.js')});
    const source = execSource({ command: '/bin/sh', args: ['-c', ${JSON.stringify(plugin)}],
      apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' });
    let setForwardMs = 0;
    const clock = { now: () => Date.now() + setForwardMs, schedule: setTimeout };
    const manager = createCredentialManager({ source, clock });
    ${then}`;
  const program = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(program, 'exit');
  const printed = await text(program.stdout);
  return [printed, (await exit)[0] as number];
}

describe.concurrent('a run that nobody waits for any more', () => {
  it('does not keep a finished program alive when its callers have given up', async () => {
    const slept = file('given-up');
    const giveUp = 'await manager.current({ signal: AbortSignal.timeout(100) }).catch(() => {});';
    const outcome = await outcomeOf(`sleep 5; touch ${slept}`, `${giveUp} console.log('done');`);
    expect(outcome).toEqual(['done\n', 0]);
    expect(existsSync(slept)).toBe(false);
  });

  it('does not keep a finished program alive when it went on in the background', async () => {
    const [ran, slept] = [file('ran'), file('background')];
    const answer = execCredential({ token: 't', expiresAt: Date.now() + 3_600_000 });
    const plugin = `if [ -e ${ran} ]; then sleep 5; touch ${slept}; fi; touch ${ran}; echo '${answer}'`;
    const outcome = await outcomeOf(
      plugin,
      `await manager.current(); setForwardMs = 3_580_000; manager.peek();
      await new Promise((next) => setTimeout(next, 100)); console.log(manager.stats().runs);`,
    );
    expect(outcome).toEqual(['2\n', 0]);
    expect(existsSync(slept)).toBe(false);
  });

  it('keeps the program alive for somebody who comes later', async () => {
    const outcome = await outcomeOf(
      `sleep 1; echo '${execCredential({ token: 't' })}'`,
      `await manager.current({ signal: AbortSignal.timeout(100) }).catch(() => {});
      console.log((await manager.current()).token, manager.stats().runs);`,
    );
    expect(outcome).toEqual(['t 1\n', 0]);
  });
});
