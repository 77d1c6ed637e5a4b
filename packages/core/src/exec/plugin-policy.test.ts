import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findProgram } from './host-path.js';
import { checkPluginPolicy, enforcePluginPolicy, type PluginPolicy } from './plugin-policy.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-policy-'));
  for (const name of ['plugin', 'other']) {
    writeFileSync(join(directory, name), '#!/bin/sh\n');
    chmodSync(join(directory, name), 0o755);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Judges `command` with the directory as the only entry of PATH; `~/` stands for that directory. */
function judge(policy: PluginPolicy, command: string): void {
  vi.stubEnv('PATH', directory);
  const place = (name: string): string => name.replace('~', directory);
  const { policyType, allowlist } = policy;
  const placed = allowlist?.map((entry) => ({ command: place(entry.command) }));
  const checked = checkPluginPolicy({ policyType, ...(placed && { allowlist: placed }) });
  const file = findProgram(place(command));
  enforcePluginPolicy(checked, { command: place(command), file, args: [], env: [] });
}

const allowing = (...commands: string[]): PluginPolicy => ({
  policyType: 'Allowlist',
  allowlist: commands.map((command) => ({ command })),
});

describe('a plugin policy', () => {
  it.each([undefined, {}, { policyType: '' }, { policyType: 'AllowAll' }] as const)(
    '%j allows everything',
    (policy) => {
      expect(() => judge(policy ?? {}, 'plugin')).not.toThrow();
      expect(() => checkPluginPolicy(policy)).not.toThrow();
      expect(() => judge(policy ?? {}, 'missing')).not.toThrow();
    },
  );

  it('DenyAll allows nothing', () => {
    expect(() => judge({ policyType: 'DenyAll' }, 'plugin')).toThrow(
      expect.objectContaining({
        code: 'ERR_EXEC_POLICY',
        message: expect.stringContaining('plugin "plugin" not allowed: policy set to "DenyAll"'),
      }),
    );
  });

  it.each([
    ['plugin', 'plugin'],
    ['plugin', '~/plugin'],
    ['~/plugin', 'plugin'],
    ['~/plugin', '~/plugin'],
    ['missing', 'missing'],
  ])('allows %s where the list has %s', (command, entry) => {
    expect(() => judge(allowing('foo-1', entry, 'foo-2'), command)).not.toThrow();
  });

  it.each([
    ['plugin', ['other']],
    ['plugin', ['/elsewhere/plugin']],
    ['plugin', ['missing', '~/other']],
    ['~/plugin', ['~/other', '/elsewhere/plugin']],
    ['~/plugin', ['missing']],
  ])('refuses %s where the list has only %j', (command, entries) => {
    expect(() => judge(allowing(...entries), command)).toThrow(
      expect.objectContaining({
        code: 'ERR_EXEC_POLICY',
        message: expect.stringContaining('is not permitted by the credential plugin allowlist'),
      }),
    );
  });

  it.each(['missing', '~/missing'])('refuses %s, which it cannot look up', (command) => {
    expect(() => judge(allowing('plugin'), command)).toThrow(
      expect.objectContaining({
        code: 'ERR_EXEC_POLICY',
        message: expect.stringContaining('cannot be resolved'),
      }),
    );
  });

  it('looks entries up anew every time', () => {
    const policy = checkPluginPolicy(allowing('plugin'));
    const file = join(directory, 'plugin');
    const command = { command: file, file, args: [], env: [] };
    vi.stubEnv('PATH', directory);
    expect(() => enforcePluginPolicy(policy, command)).not.toThrow();
    vi.stubEnv('PATH', tmpdir());
    expect(() => enforcePluginPolicy(policy, command)).toThrow(/not permitted/);
  });

  it('is a copy', () => {
    const allowlist = [{ command: 'plugin' }];
    const policy = checkPluginPolicy({ policyType: 'Allowlist', allowlist });
    allowlist.push({ command: 'other' });
    expect(policy.allowlist).toEqual([{ command: 'plugin' }]);
  });
});

describe('a wrong plugin policy', () => {
  it.each([
    [{ policyType: 'HIGHLYILLEGAL' }, 'unknown plugin policy: "HIGHLYILLEGAL"'],
    [{ policyType: 'allowall' }, 'unknown plugin policy: "allowall"'],
    [{ policyType: 5 }, 'unknown plugin policy: 5'],
    [{ policyType: '', allowlist: [] }, 'plugin policy is "" but allowlist is non-nil'],
    [{ policyType: 'AllowAll', allowlist: [] }, 'is "AllowAll" but allowlist is non-nil'],
    [{ policyType: 'DenyAll', allowlist: [{ command: 'a' }] }, 'but allowlist is non-nil'],
    [{ policyType: 'Allowlist' }, 'but allowlist is unspecified'],
    [{ policyType: 'Allowlist', allowlist: null }, 'but allowlist is unspecified'],
    [{ policyType: 'Allowlist', allowlist: [] }, 'allowlist is empty; use "DenyAll" policy'],
    [{ policyType: 'Allowlist', allowlist: 'aws' }, '"allowlist" must be an array'],
    [{ policyType: 'Allowlist', allowlist: [{ command: 'a' }, {}] }, 'empty allowlist entry #2'],
    [{ policyType: 'Allowlist', allowlist: [{ command: '' }] }, 'empty allowlist entry #1'],
    [{ policyType: 'Allowlist', allowlist: ['aws'] }, 'allowlist entry #1 is a string'],
    [{ policyType: 'Allowlist', allowlist: [{ command: 5 }] }, 'allowlist entry #1 is 5'],
    [{ policyType: 'Allowlist', allowlist: [{ name: 'aws' }] }, 'unknown criterion "name"'],
    [
      { policyType: 'Allowlist', allowlist: [{ command: '/usr//aws' }] },
      'non-normalized file path: "/usr//aws" vs "/usr/aws"',
    ],
    [{ type: 'DenyAll' }, 'has no option "type"'],
  ])('%j is refused at construction', (policy, words) => {
    const attempt = (): unknown => checkPluginPolicy(policy as PluginPolicy);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(words);
    expect(attempt).toThrow('"pluginPolicy"');
  });
});
