import { spawn, spawnSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import fs, {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { systemClock } from '@keyturn/core/lifecycle';
import { manualClock } from '@keyturn/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CredentialError } from '../errors.js';
import type { PluginRun } from './plugin-process.js';
import { runPlugin } from './run-plugin.js';

const events = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'beforeExit'];
const countListeners = (): number[] => events.map((event) => process.listenerCount(event));
const listenersBefore = countListeners();

const abort = new AbortController();

/** A run of a shell script. */
function shell(script: string, changes: Partial<PluginRun> = {}): PluginRun {
  return program('/bin/sh', { args: ['-c', script], ...changes });
}

function program(file: string, changes: Partial<PluginRun> = {}): PluginRun {
  return {
    command: file,
    file,
    args: [],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: undefined,
    interactive: false,
    timeoutMs: undefined,
    maxOutputBytes: 1_048_576,
    secrets: [],
    signal: abort.signal,
    clock: systemClock,
    ...changes,
  };
}

async function failure(run: PluginRun): Promise<CredentialError> {
  const error: unknown = await runPlugin(run).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CredentialError);
  return error as CredentialError;
}

/** Code that begins a load with the compiled package; the plugin is a shell script. */
function loading(script: string): string {
  const dist = new URL('../../dist/exec/index.js', import.meta.url).href;
  return `
    const { execSource } = await import(${JSON.stringify(dist)});
    const source = execSource({ command: '/bin/sh', args: ['-c', ${JSON.stringify(script)}],
      apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' });
    const load = source.load({ reason: 'initial', signal: new AbortController().signal });`;
}

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

/** As `expect.poll`, and also where tests run side by side. */
const until = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 40_000, interval: 10 });

const isGone = (pid: number): Promise<void> => until(() => expect(isAlive(pid)).toBe(false));

const answer =
  '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"planted-Token-7f3a9c"}}';

let directory: string;
const place = (name: string): string => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-run-'));
  const files: [name: string, content: string, mode: number][] = [
    ['plain', '#!/bin/sh\n', 0o644],
    ['homeless', '#!/nonexistent/interpreter\n', 0o755],
    ['binary', '\u007fELFnonsense', 0o755],
  ];
  for (const [name, content, mode] of files) {
    writeFileSync(place(name), content);
    chmodSync(place(name), mode);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

/** What went on to our own stderr. */
let forwarded: string;

beforeEach(() => {
  forwarded = '';
  const { writeSync } = fs;
  vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, chunk: Buffer, offset?: number) => {
    if (fd !== 2) return writeSync(fd, chunk, offset);
    forwarded += String(chunk);
    return chunk.length;
  }) as typeof writeSync);
});

describe('a plugin that ends well', () => {
  it('gives what it printed, to the last byte', async () => {
    const { stdout } = await runPlugin(shell("printf 'a\\000b\\n'"));
    expect([...stdout]).toEqual([97, 0, 98, 10]);
  });

  it('gets its arguments, its environment and its directory', async () => {
    const args = ['-c', 'printf "%s|" "$0" "$1" "$A"; env | wc -l; pwd', 'zero', 'a "b" $c'];
    const run = program('/bin/sh', { args, env: { A: '&<x>', PATH: '/bin' }, cwd: '/' });
    const { stdout } = await runPlugin(run);
    expect(Buffer.from(stdout).toString()).toMatch(/^zero\|a "b" \$c\|&<x>\| *[345]\n\/\n$/);
  });

  it('is called what the config calls it', async () => {
    const args = ['-e', 'process.stdout.write(process.argv0)'];
    const { stdout } = await runPlugin(program(process.execPath, { command: 'my-plugin', args }));
    expect(Buffer.from(stdout).toString()).toBe('my-plugin');
  });

  it('reads nothing from standard input', async () => {
    const { stdout } = await runPlugin(shell('cat; echo end'));
    expect(Buffer.from(stdout).toString()).toBe('end\n');
  });

  it('may print exactly as much as is allowed', async () => {
    const { stdout } = await runPlugin(shell('printf 12345', { maxOutputBytes: 5 }));
    expect(stdout).toHaveLength(5);
  });

  it('may say things on stderr, which go on as they are, and into its output scrubbed', async () => {
    const script = `echo '${answer}'; printf '\\033[1mplanted-Token-7f3a9c is new' >&2`;
    const { stderr } = await runPlugin(shell(script));
    expect(forwarded).toBe('\u001b[1mplanted-Token-7f3a9c is new');
    expect(stderr).toBe('U+001B[1m[redacted] is new');
  });

  it('is heard while it runs', async () => {
    const script = `echo go to the browser >&2; while [ ! -e ${place('done')} ]; do sleep 0.02; done`;
    const running = runPlugin(shell(script));
    await expect.poll(() => forwarded).toBe('go to the browser\n');
    writeFileSync(place('done'), '');
    await running;
  });

  it('ends well even when nobody can hear it', async () => {
    vi.mocked(fs.writeSync).mockImplementation(() => {
      throw new Error('EPIPE');
    });
    expect(await runPlugin(shell('echo lost >&2'))).toMatchObject({ stderr: 'lost' });
  });

  it('leaves no listener behind', async () => {
    const signals = Array.from({ length: 12 }, () => new AbortController().signal);
    await Promise.all(signals.map((signal) => runPlugin(shell('echo', { signal }))));
    expect(countListeners()).toEqual(listenersBefore);
    expect(signals.map((signal) => getEventListeners(signal, 'abort').length)).not.toContain(1);
  });
});

describe('a background process', () => {
  it('that holds the output does not hold up the run, and lives on', async () => {
    const { stdout } = await runPlugin(shell('sleep 30 & echo $!'));
    const pid = Number(Buffer.from(stdout));
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
  });

  it('may go on writing to stderr', async () => {
    const script = `(sleep 0.4; echo 'still here' >&2; echo done > ${place('late')}) & exit 0`;
    await runPlugin(shell(script));
    await expect.poll(() => existsSync(place('late'))).toBe(true);
    await expect.poll(() => forwarded).toBe('still here\n');
  });

  it('cannot keep our process alive', () => {
    const script = `sleep 30 & echo '${answer}'; echo $! > ${place('pid')}`;
    const code = `${loading(script)} console.log((await load).token);`;
    const args = ['--input-type=module', '-e', code];
    const { stdout, status } = spawnSync(process.execPath, args, { timeout: 20_000 });
    expect([String(stdout), status]).toEqual(['planted-Token-7f3a9c\n', 0]);
    process.kill(Number(readFileSync(place('pid'), 'utf8')));
  });
});

describe('a plugin that fails', () => {
  it('is told by its exit code and its last words', async () => {
    const error = await failure(
      shell(`echo '${answer}'; echo 'cannot use planted-Token-7f3a9c' >&2; exit 73`),
    );
    expect(error).toMatchObject({ code: 'ERR_EXEC_EXIT', exitCode: 73 });
    expect(error.message).toContain('executable /bin/sh failed with exit code 73');
    expect(error.stderr).toBe('cannot use [redacted]');
    expect(error.cause).toBeUndefined();
  });

  it('is told by the signal that ended it', async () => {
    const error = await failure(shell('kill -9 $$'));
    expect(error).toMatchObject({ code: 'ERR_EXEC_SIGNAL', signal: 'SIGKILL' });
  });

  it('hides the values that were named', async () => {
    const secrets = ['hunter2', 'x'];
    const error = await failure(shell('echo "hunter2 is x" >&2; exit 1', { secrets }));
    expect(error.stderr).toBe('[redacted] is x');
  });
});

describe('a plugin that Ctrl-C may have ended', () => {
  const dying = (then: string) =>
    program(process.execPath, {
      args: ['-e', `process.stderr.write(String(Date.now())); ${then}`],
      onStderr: () => {},
    });

  it.each([
    ['by exit, at the terminal', { ...dying('process.exitCode = 130'), interactive: true }],
    ['by a signal, wherever it ran', dying('process.kill(process.pid, "SIGTERM")')],
  ])('is reported when our own signal would have arrived: %s', async (_, run) => {
    const { stderr } = (await failure(run)) as CredentialError & { readonly stderr: string };
    // 250, less what two readings of a clock may be apart.
    expect(Date.now() - Number(stderr)).toBeGreaterThan(240);
  });
});

describe('a plugin that takes too long', () => {
  it('is ended, with everything that it started', async () => {
    const clock = manualClock();
    const script = 'trap "" TERM; sleep 30 & echo "pid $!" >&2; wait; sleep 30';
    const failed = failure(shell(script, { clock, timeoutMs: 60_000 }));
    await expect.poll(() => forwarded).toContain('pid');
    await clock.advance(60_000);
    const error = await failed;
    expect(error.code).toBe('ERR_EXEC_TIMEOUT');
    expect(error.message).toContain('longer than 60000 ms');
    await isGone(Number(/\d+/.exec(error.stderr ?? '')?.[0]));
  });

  it('does not hold up the caller because of a child that holds the output', async () => {
    const script = `(sleep 20; touch ${place('slept')}) & wait`;
    const error = await failure(shell(script, { timeoutMs: 100 }));
    expect(error.code).toBe('ERR_EXEC_TIMEOUT');
    expect(existsSync(place('slept'))).toBe(false);
  });

  it('leaves no timer on the clock when it was quick enough', async () => {
    const clock = manualClock();
    await runPlugin(shell('echo', { clock, timeoutMs: 60_000 }));
    expect(clock.scheduled).toBe(0);
  });
});

describe('a plugin that nobody waits for any more', () => {
  it('is ended', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const clock = manualClock();
    const script = 'sleep 30 & echo "pid $!" >&2; wait';
    const failed = failure(shell(script, { signal, clock, timeoutMs: 60_000 }));
    await expect.poll(() => forwarded).toContain('pid');
    controller.abort();
    expect((await failed).code).toBe('ERR_EXEC_ABORTED');
    await isGone(Number(/\d+/.exec(forwarded)?.[0]));
    expect(clock.scheduled).toBe(0);
  });

  it('is not even started', async () => {
    const signal = AbortSignal.abort();
    const file = place('started');
    expect((await failure(shell(`touch ${file}`, { signal }))).code).toBe('ERR_EXEC_ABORTED');
    expect(existsSync(file)).toBe(false);
  });
});

describe('a plugin that prints too much', () => {
  it('is ended at once', async () => {
    const script = `head -c 300000000 /dev/zero; sleep 20; touch ${place('went-on')}`;
    const error = await failure(shell(script));
    expect(error.code).toBe('ERR_EXEC_OUTPUT_LIMIT');
    expect(error.message).toContain('more than 1048576 bytes');
    expect(existsSync(place('went-on'))).toBe(false);
  });

  it('is refused even when it has ended by itself', async () => {
    const error = await failure(shell('printf 123456', { maxOutputBytes: 5 }));
    expect(error.code).toBe('ERR_EXEC_OUTPUT_LIMIT');
  });
});

describe('a plugin that cannot be started', () => {
  it.each([
    ['of no such name', () => program('aws', { file: undefined }), 'ERR_EXEC_NOT_FOUND'],
    ['at no such path', () => program(place('missing')), 'ERR_EXEC_NOT_FOUND'],
    ['below a file', () => program(place('plain/missing')), 'ERR_EXEC_NOT_FOUND'],
    ['without permission', () => program(place('plain')), 'ERR_EXEC_NOT_EXECUTABLE'],
    ['being a directory', () => program(directory), 'ERR_EXEC_NOT_EXECUTABLE'],
    ['without its interpreter', () => program(place('homeless')), 'ERR_EXEC_NOT_EXECUTABLE'],
    ['in no such directory', () => shell('', { cwd: place('missing') }), 'ERR_EXEC_SPAWN'],
    ['with a NUL', () => program('/bin/sh', { args: ['a\0b'] }), 'ERR_EXEC_ENVIRONMENT'],
    ['with a NUL in a variable', () => shell('', { env: { A: 'a\0b' } }), 'ERR_EXEC_ENVIRONMENT'],
    [
      'with too much',
      () => shell('', { env: { BIG: 'x'.repeat(200_000) } }),
      'ERR_EXEC_ENVIRONMENT',
    ],
  ] as const)('%s is told by its code', async (_, run, code) => {
    const error = await failure(run());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^exec: executable \S+ .*\.$/);
    expect(error.message).not.toMatch(/\0|xxx/);
  });

  it('says which variable is too large', async () => {
    const env = { KUBERNETES_EXEC_INFO: 'x'.repeat(200_000), A: '' };
    const { message } = await failure(shell('', { env }));
    expect(message).toContain('"KUBERNETES_EXEC_INFO" has 200000 bytes');
  });
});

describe.concurrent('the end of our own process', () => {
  const kill = (signal: string): string => `process.kill(process.pid, '${signal}');`;
  // In the instant of its start nobody watches over a plugin yet.
  const say = (pid: string, file: string): string => `sleep 0.3; echo ${pid} > ${file};`;
  const ends: readonly [how: string, end: string, outcome: unknown][] = [
    ['by exit', 'process.exit(3);', 3],
    ['by an error', 'setImmediate(() => { throw new Error("uncaught"); });', 1],
    ['by Ctrl-C', kill('SIGINT'), 'SIGINT'],
    ['by SIGTERM', kill('SIGTERM'), 'SIGTERM'],
    ['by SIGHUP', kill('SIGHUP'), 'SIGHUP'],
    ['by SIGQUIT', kill('SIGQUIT'), 'SIGQUIT'],
    ['by SIGKILL', kill('SIGKILL'), 'SIGKILL'],
  ];

  it.each(ends)('%s ends the plugin as well', async (how, end, outcome) => {
    const file = place(how.replaceAll(' ', '-'));
    expect(await outcomeOf(`${say('$$', file)} exec sleep 30`, file, end)).toBe(outcome);
    await isGone(Number(readFileSync(file, 'utf8')));
  });

  it('ends also a plugin that does not listen, with its children', async () => {
    const file = place('deaf');
    const script = `trap "" TERM; sleep 30 & ${say('$!', file)} wait; sleep 30`;
    expect(await outcomeOf(script, file, kill('SIGTERM'))).toBe('SIGTERM');
    await isGone(Number(readFileSync(file, 'utf8')));
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    'does not come by a %s that the program handles, which it gets once; the plugin goes on',
    async (signal) => {
      const [file, goOn] = [place(`handles-${signal}`), place(`goes-on-${signal}`)];
      const script = `${say('$$', file)} until [ -e ${goOn} ]; do sleep 0.05; done; echo '${answer}'`;
      const code = `${loading(script)} ${untilWritten(file)}
        let count = 0; process.on('${signal}', () => { count += 1; });
        ${kill(signal)} await new Promise((next) => setTimeout(next, 200));
        const { writeFileSync } = await import('node:fs'); writeFileSync('${goOn}', '');
        console.log((await load).token, count);`;
      const program = spawn(process.execPath, ['--input-type=module', '-e', code]);
      expect(await text(program.stdout)).toBe('planted-Token-7f3a9c 1\n');
    },
  );

  it.each([
    ['is terminated', 'await worker.terminate();'],
    ['exits', 'worker.postMessage("exit"); await once(worker, "exit");'],
  ])('that is a worker thread ends the plugin as well, when it %s', async (how, end) => {
    const file = place(how.replaceAll(' ', '-'));
    const script = `${say('$$', file)} exec sleep 30`;
    const goOn = `while (existsSync('${file}')) await new Promise((next) => setTimeout(next, 20));`;
    const inWorker = JSON.stringify(
      `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit());
      ${loading(script)} load.catch(() => {});`,
    );
    const program = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { Worker } from 'node:worker_threads'; import { once } from 'node:events';
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${inWorker})));
      ${untilWritten(file)} ${end} ${goOn}`,
    ]);
    const ended = once(program, 'exit');
    await until(() => expect(readFileSync(file, 'utf8')).not.toBe(''));
    await isGone(Number(readFileSync(file, 'utf8')));
    expect(program.exitCode).toBe(null);
    rmSync(file);
    expect(await ended).toEqual([0, null]);
  });
});

/** Runs a program that ends itself with `end` once its plugin has written to `file`; resolves with exit code or signal. */
async function outcomeOf(script: string, file: string, end: string): Promise<unknown> {
  const wait = 'await new Promise((next) => setTimeout(next, 5_000));';
  const code = `${loading(script)} load.catch(() => {}); ${untilWritten(file)} ${end} ${wait}`;
  const program = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  const [status, signal] = await once(program, 'exit');
  return signal ?? status;
}

function untilWritten(file: string): string {
  return `
    const { existsSync, readFileSync } = await import('node:fs');
    while (!existsSync('${file}') || readFileSync('${file}').length === 0) await new Promise((next) => setTimeout(next, 10));`;
}
