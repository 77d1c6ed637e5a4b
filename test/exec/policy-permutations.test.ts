/** Every way in which a plugin, a list and a policy can meet: the 320 cases of client-go, each made afresh. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AllowlistEntry, execSource, type PluginPolicyType } from '@keyturn/core/exec';
import { afterAll, expect, it, vi } from 'vitest';
import { answer, initial, shell } from './plugin-stage.js';

const directory = mkdtempSync(join(tmpdir(), 'keyturn-permutations-'));
writeFileSync(join(directory, 'plugin'), `#!/bin/sh\necho '${answer({ token: 'ran' })}'\n`);
chmodSync(join(directory, 'plugin'), 0o755);
afterAll(() => rmSync(directory, { recursive: true }));

interface Permutation {
  readonly pluginExists: boolean;
  readonly entryExists: boolean;
  readonly pluginForm: 'absolute' | 'bare';
  readonly entryForm: 'absolute' | 'bare';
  readonly entries: 'no list' | 0 | 1 | 3;
  readonly policyType: '' | 'AllowAll' | 'DenyAll' | 'Allowlist' | 'HIGHLYILLEGAL';
}

const booleans = [true, false];
const forms = ['absolute', 'bare'] as const;
const sizes = ['no list', 0, 1, 3] as const;
const policies = ['', 'AllowAll', 'DenyAll', 'Allowlist', 'HIGHLYILLEGAL'] as const;

const permutations: readonly Permutation[] = booleans.flatMap((pluginExists) =>
  booleans.flatMap((entryExists) =>
    forms.flatMap((pluginForm) =>
      forms.flatMap((entryForm) =>
        sizes.flatMap((entries) =>
          policies.map((policyType) => ({
            ...{ pluginExists, entryExists, pluginForm, entryForm, entries, policyType },
          })),
        ),
      ),
    ),
  ),
);

/** What has to come of it: words of the failure, or the token of a plugin that ran. */
function expected({ policyType, entries, pluginExists, entryExists }: Permutation): string {
  if (policyType === 'HIGHLYILLEGAL') return 'unknown plugin policy: "HIGHLYILLEGAL"';
  if (policyType !== 'Allowlist') {
    if (entries !== 'no list') return 'allowlist is non-nil';
    if (policyType === 'DenyAll') return 'policy set to "DenyAll"';
    return pluginExists ? 'ran' : 'not found';
  }
  if (entries === 'no list') return 'allowlist is unspecified';
  if (entries === 0) return 'allowlist is empty; use "DenyAll" policy instead';
  if (!pluginExists) return 'cannot be resolved';
  return entryExists ? 'ran' : 'is not permitted by the credential plugin allowlist';
}

function listOf(permutation: Permutation, entry: string): AllowlistEntry[] | undefined {
  if (permutation.entries === 'no list') return undefined;
  const commands = permutation.entries === 3 ? ['foo-1', entry, 'foo-2'] : [entry];
  return commands.slice(0, permutation.entries).map((command) => ({ command }));
}

async function outcomeOf(permutation: Permutation): Promise<string> {
  const { pluginExists, entryExists, pluginForm, entryForm, policyType } = permutation;
  const named = (name: string, form: string): string =>
    form === 'bare' ? name : join(directory, name);
  const command = named(pluginExists ? 'plugin' : 'missing-plugin', pluginForm);
  const allowlist = listOf(permutation, named(entryExists ? 'plugin' : 'missing-entry', entryForm));
  const pluginPolicy = { policyType: policyType as PluginPolicyType, allowlist };
  try {
    const source = execSource(shell('', { command, pluginPolicy }));
    return (await source.load(initial())).token ?? '';
  } catch (error) {
    return (error as Error).message;
  }
}

it('B102 has 320 permutations', () => {
  expect(permutations).toHaveLength(320);
  expect(new Set(permutations.map((one) => JSON.stringify(one))).size).toBe(320);
});

it.each(permutations)(
  'B102 plugin $pluginForm (there: $pluginExists), entry $entryForm (there: $entryExists), entries: $entries, policy "$policyType"',
  async (permutation) => {
    vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
    expect(await outcomeOf(permutation)).toContain(expected(permutation));
  },
);
