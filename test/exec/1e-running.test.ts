import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tty from 'node:tty';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { execCredential, manualClock } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  answer,
  catchStderr,
  failureOf,
  failureOfRun,
  heardOn,
  hourMs,
  initial,
  pretend,
  shell,
} from './plugin-stage.js';

let directory: string;
const place = (name: string): string => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-rows-'));
  const prints = `#!/bin/sh\necho '${answer({ token: 'found' })}'\n`;
  const files: [name: string, content: string, mode: number][] = [
    ['plugin', prints, 0o755],
    ['plain', prints, 0o644],
    ['homeless', '#!/nonexistent/interpreter\n', 0o755],
    ['binary', '\u007fELFnonsense', 0o755],
  ];
  for (const [name, content, mode] of files) {
    writeFileSync(place(name), content);
    chmodSync(place(name), mode);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a script for real; its token is what `word` comes to in the shell. */
async function tokenFrom(word: string, changes: Partial<ExecConfig> = {}): Promise<string> {
  const script = `printf '${answer({ token: '%s' })}' "${word}"`;
  const { token = '' } = await execSource(shell(script, changes)).load(initial());
  return token;
}

describe('the environment of a plugin', () => {
  it('B54 is that of the host, then that of the config, then KUBERNETES_EXEC_INFO', async () => {
    vi.stubEnv('KEYTURN_HOST', 'host');
    vi.stubEnv('KEYTURN_BOTH', 'host');
    const env = [
      { name: 'KEYTURN_BOTH', value: 'config' },
      { name: 'KUBERNETES_EXEC_INFO', value: 'mine' },
    ];
    const { load, execInfos } = pretend({ env });
    await load();
    const [info = ''] = execInfos();
    expect(info).toMatch(/^\{"kind":"ExecCredential"/);
    const word =
      '$KEYTURN_HOST-$KEYTURN_BOTH-$(printf %s "$KUBERNETES_EXEC_INFO" | wc -c | tr -d " ")';
    expect(await tokenFrom(word, { env })).toBe(`host-config-${info.length}`);
  });

  it('B55 is read anew for each run', async () => {
    const { load, runs } = pretend();
    for (const value of ['one', 'two']) {
      vi.stubEnv('KEYTURN_NOW', value);
      await load();
    }
    expect(runs.map(({ env }) => env['KEYTURN_NOW'])).toEqual(['one', 'two']);
  });

  it('B56 may hold no NUL, which is said when the source is made', () => {
    const env = [{ name: 'A', value: 'a\0b' }];
    expect(() => execSource(shell('', { env }))).toThrow(/"env\[0\]\.value".*NUL/);
    expect(() => execSource(shell('a\0b'))).toThrow(/"args\[1\]".*NUL/);
  });

  it.runIf(process.platform === 'linux')(
    'B57 W22 says what is too large for the system (Linux)',
    async () => {
      const cluster = { server: 'https://a', config: 'x'.repeat(140_000) };
      const config = shell('', { provideClusterInfo: true });
      const error = await failureOf(execSource(config, { cluster }).load(initial()));
      expect(error.code).toBe('ERR_EXEC_ENVIRONMENT');
      expect(error.message).toMatch(
        /"KUBERNETES_EXEC_INFO" has 14\d{4} bytes; Linux allows 131072/,
      );
    },
  );
});

describe('the streams of a plugin', () => {
  it('B58 W17 are read up to maxOutputBytes, and no further', async () => {
    catchStderr();
    const script = `head -c 3000000 /dev/zero | tr '\\0' ' '; echo '${answer({ token: 'far' })}'`;
    expect((await failureOfRun(shell(script))).code).toBe('ERR_EXEC_OUTPUT_LIMIT');
    const patient = execSource(shell(script, { maxOutputBytes: 4_000_000 }));
    expect(await patient.load(initial())).toEqual({ token: 'far' });
  });

  it('B59 W08 lead stderr on to ours as it comes, and its end into `stderr` of the error', async () => {
    const caught = catchStderr();
    const go = place('go');
    const script = `echo 'Please log in.' >&2; while [ ! -e ${go} ]; do sleep 0.02; done; exit 1`;
    const failed = failureOfRun(shell(script));
    await expect.poll(() => caught()).toBe('Please log in.\n');
    writeFileSync(go, '');
    const error = await failed;
    expect(error.stderr).toBe('Please log in.');
    expect(error.message).not.toContain('log in');
  });

  it('B60 give it no standard input unless it is interactive', async () => {
    expect(await tokenFrom('$([ -t 0 ] || wc -c | tr -d " ")')).toBe('0');
    vi.spyOn(tty, 'isatty').mockReturnValue(true);
    const { load, runs } = pretend({ interactiveMode: 'IfAvailable' });
    await load();
    expect(runs[0]?.interactive).toBe(true);
  });
});

it('B61 runs where the host is, under the name in the config', async () => {
  expect(await tokenFrom('$(pwd) $0', { command: 'sh' })).toBe(`${process.cwd()} sh`);
  expect(await tokenFrom('$(pwd)', { cwd: '/' })).toBe('/');
});

describe('the end of a run', () => {
  it('B62 W17 is the exit of the plugin, whoever still holds its output', async () => {
    const script = `sleep 30 & echo $! > ${place('child')}; echo '${answer({ token: 'done' })}'`;
    expect(await execSource(shell(script)).load(initial())).toEqual({ token: 'done' });
    const child = Number(readFileSync(place('child'), 'utf8'));
    expect(isRunning(child)).toBe(true);
    process.kill(child);
  });

  it('B62 W03 comes with timeoutMs, for what the plugin has started too', async () => {
    const script = `sleep 30 & echo $! > ${place('grandchild')}; wait`;
    const error = await failureOfRun(shell(script, { timeoutMs: 300 }));
    expect(error.code).toBe('ERR_EXEC_TIMEOUT');
    const pid = Number(readFileSync(place('grandchild'), 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

/** Tells whether a process runs; one that has ended and was not collected does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('whether a plugin may ask a person', () => {
  const terminal = (...answers: boolean[]): void => {
    const isatty = vi.spyOn(tty, 'isatty');
    for (const isTerminal of answers) isatty.mockReturnValueOnce(isTerminal);
  };

  it('B63 is decided at each run, by whether standard input is a terminal', async () => {
    const { load, runs } = pretend({ interactiveMode: 'IfAvailable' });
    terminal(true, false, true);
    for (let count = 0; count < 3; count += 1) await load();
    expect(runs.map(({ interactive }) => interactive)).toEqual([true, false, true]);
  });

  type Row = readonly [ExecConfig['interactiveMode'], boolean, boolean, boolean];
  const decides = async (...row: Row): Promise<void> => {
    const [interactiveMode, isTerminal, stdinUnavailable, expected] = row;
    terminal(isTerminal);
    const { load, runs, execInfos } = pretend({ interactiveMode, stdinUnavailable });
    await load();
    expect(runs[0]?.interactive).toBe(expected);
    expect(execInfos()[0]).toContain(`"interactive":${expected}`);
  };

  it.each<Row>([
    ['Never', true, false, false],
    ['Never', true, true, false],
  ])('B64 in mode %s, with a terminal %s, standard input taken %s: %s', decides);

  it.each<Row>([
    ['IfAvailable', false, false, false],
    ['IfAvailable', false, true, false],
    ['IfAvailable', true, false, true],
    ['IfAvailable', true, true, false],
  ])('B65 in mode %s, with a terminal %s, standard input taken %s: %s', decides);

  const notInteractive = async (isTerminal: boolean, message?: string): Promise<string> => {
    terminal(isTerminal);
    const changes = { interactiveMode: 'Always', stdinUnavailableMessage: message } as const;
    const { load, runs } = pretend({ ...changes, stdinUnavailable: message !== undefined });
    const error = await failureOf(load());
    expect(error.code).toBe('ERR_EXEC_INTERACTIVE');
    expect(runs).toEqual([]);
    return error.message;
  };
  const cannot = 'exec plugin cannot support interactive mode:';

  it('B66 Always is interactive where there is a terminal', () =>
    decides('Always', true, false, true));

  it('B66 Always without a terminal is not run, whatever else is in the way', async () => {
    const expected = `${cannot} standard input is not a terminal.`;
    expect(await notInteractive(false)).toBe(expected);
    expect(await notInteractive(false, 'taken')).toBe(expected);
  });

  it('B67 W24 Always is not run where standard input is taken, and says by whom', async () => {
    const reason = 'used by stdin resource manifest reader';
    expect(await notInteractive(true, '')).toBe(`${cannot} standard input is unavailable.`);
    expect(await notInteractive(true, reason)).toBe(
      `${cannot} standard input is unavailable: ${reason}.`,
    );
  });

  it.each(['Sometimes', 'never', '', undefined])(
    'B68 %s is no interactive mode, which is said when the source is made',
    (interactiveMode) => {
      const config = { ...shell(''), interactiveMode: interactiveMode as 'Never' };
      expect(() => execSource(config)).toThrow(/"interactiveMode" .* one of "Never", "IfAvail/);
    },
  );

  it('B69 comes before the policy and the run, and is counted as neither', async () => {
    const heard = [heardOn('keyturn:policy'), heardOn('keyturn:exec')];
    await notInteractive(false);
    expect(heard).toEqual([[], []]);
    await pretend().load();
    expect(heard.map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('finding a plugin', () => {
  const fileOf = async (command: string, changes: Partial<ExecConfig> = {}): Promise<unknown> => {
    const { load, runs } = pretend({ command, ...changes });
    await load();
    return runs[0]?.file;
  };

  it('B70 looks a bare name up on the PATH of the host, not on that of the config', async () => {
    const env = [{ name: 'PATH', value: '/nonexistent' }];
    vi.stubEnv('PATH', `/nonexistent:${directory}`);
    expect(await fileOf('plugin', { env })).toBe(place('plugin'));
    vi.stubEnv('PATH', '/nonexistent');
    expect(await fileOf('plugin', { env: [{ name: 'PATH', value: directory }] })).toBeUndefined();
  });

  it.each(['.', '', 'bin/..'])('B71 finds nothing in "%s" of PATH', async (entry) => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      vi.stubEnv('PATH', `${entry}:/nonexistent`);
      expect(await fileOf('plugin')).toBeUndefined();
    } finally {
      process.chdir(before);
    }
  });

  it('B72 W14 runs ./x from the working directory', async () => {
    const source = execSource(shell('', { command: './plugin', args: [], cwd: directory }));
    expect(await source.load(initial())).toEqual({ token: 'found' });
  });

  const hint = 'Get it at example.test.';

  it('B73 says that a bare name is not found, with help and hint', async () => {
    const config = shell('', { command: 'no-such-plugin-xyz', installHint: hint });
    const error = await failureOfRun(config);
    expect(error.code).toBe('ERR_EXEC_NOT_FOUND');
    expect(error.message).toMatch(/^exec: executable no-such-plugin-xyz not found/);
    expect(error.message).toContain('https://kubernetes.io/docs/');
    expect(error.message.endsWith(hint)).toBe(true);
  });

  it('B74 W10 says of a path what is wrong with it, with the same hint where nothing is there', async () => {
    const failed = (name: string) =>
      failureOfRun(shell('', { command: place(name), installHint: hint }));
    const missing = await failed('missing');
    expect(missing.code).toBe('ERR_EXEC_NOT_FOUND');
    expect(missing.message).toMatch(/missing not found[\s\S]*Get it at example\.test\.$/);
    expect(await failed('plain')).toMatchObject({
      code: 'ERR_EXEC_NOT_EXECUTABLE',
      message: expect.stringContaining('permission denied'),
    });
    expect((await failed('homeless')).message).toContain('interpreter');
    catchStderr();
    // Node hands a file of no known format to the shell, where it fails.
    expect((await failed('binary')).code).toMatch(/^ERR_EXEC_(EXIT|NOT_EXECUTABLE)$/);
  });

  it('B75 repeats the hint ten times in an hour, and "not found" every time', async () => {
    const clock = manualClock();
    const config = shell('', { command: 'no-such-plugin-xyz', installHint: hint });
    const source = execSource(config, { clock });
    const hints = async (): Promise<number> => {
      let count = 0;
      for (let run = 0; run < 12; run += 1) {
        const { message } = await failureOf(source.load(initial()));
        expect(message).toContain('not found');
        if (message.includes(hint)) count += 1;
      }
      return count;
    };
    expect(await hints()).toBe(10);
    await clock.advance(hourMs - 1);
    expect(await hints()).toBe(0);
    await clock.advance(1);
    expect(await hints()).toBe(10);
  });
});

describe('a run that fails', () => {
  it('B76 tells the exit code or the signal, and uses nothing of what was printed', async () => {
    const printed = `echo '${execCredential({ token: 'unused' }).trim()}'`;
    expect(await failureOfRun(shell(`${printed}; exit 73`))).toMatchObject({
      code: 'ERR_EXEC_EXIT',
      exitCode: 73,
      message: expect.stringContaining('exec: executable /bin/sh failed with exit code 73'),
    });
    const killed = await failureOfRun(shell(`${printed}; kill -9 $$`));
    expect(killed).toMatchObject({ code: 'ERR_EXEC_SIGNAL', signal: 'SIGKILL' });
    expect(killed.exitCode).toBeUndefined();
  });

  it('B77 for any other reason says which', async () => {
    const error = await failureOfRun(shell('', { cwd: place('nowhere') }));
    expect(error.code).toBe('ERR_EXEC_SPAWN');
    expect(error.message).toMatch(/^exec: .*working directory ".*nowhere" does not exist\.$/);
    expect(existsSync(place('nowhere'))).toBe(false);
  });
});
