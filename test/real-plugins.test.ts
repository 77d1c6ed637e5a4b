import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager, isCredentialError } from '@keyturn/core';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Real plugins of real clouds, without a cloud: what they print is signed or read locally.

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-real-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Tells whether the program is there and starts. */
function isInstalled(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { timeout: 60_000, stdio: 'ignore' }).status === 0;
}

describe('aws eks get-token', () => {
  const isMissing = !isInstalled('aws', '--version');
  const config = (version: 'v1' | 'v1beta1' | 'v1alpha1', secret: string): ExecConfig => ({
    command: 'aws',
    args: ['eks', 'get-token', '--cluster-name', 'x', '--region', 'us-east-1'],
    env: [
      { name: 'AWS_ACCESS_KEY_ID', value: secret === '' ? '' : 'AKIAIOSFODNN7EXAMPLE' },
      { name: 'AWS_SECRET_ACCESS_KEY', value: secret },
      { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
      { name: 'AWS_CONFIG_FILE', value: join(directory, 'none') },
      { name: 'AWS_SHARED_CREDENTIALS_FILE', value: join(directory, 'none') },
    ],
    apiVersion: `client.authentication.k8s.io/${version}`,
    interactiveMode: 'Never',
  });

  it.skipIf(isMissing).each(['v1', 'v1beta1', 'v1alpha1'] as const)(
    'answers in %s with a token for 14 minutes (skipped where aws is not installed)',
    async (version) => {
      const source = execSource(config(version, 'not-a-real-secret'));
      await using manager = createCredentialManager({ source });
      const { token, expiresAt = 0 } = await manager.current();
      expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
      expect(expiresAt - Date.now()).toBeGreaterThan(10 * 60_000);
      expect(expiresAt - Date.now()).toBeLessThan(16 * 60_000);
    },
    60_000,
  );

  it.skipIf(isMissing)(
    'says what it lacks (skipped where aws is not installed)',
    async () => {
      await using manager = createCredentialManager({ source: execSource(config('v1', '')) });
      const error: unknown = await manager.current().catch((thrown: unknown) => thrown);
      expect(isCredentialError(error) && error).toMatchObject({
        code: 'ERR_EXEC_EXIT',
        exitCode: expect.any(Number),
        stderr: expect.stringContaining('aws configure'),
      });
    },
    60_000,
  );
});

describe('gke-gcloud-auth-plugin', () => {
  const isMissing =
    !isInstalled('gke-gcloud-auth-plugin', '--version') || !isInstalled('which', 'gcloud');
  const token = 'ya29.fake-access-token';
  const config = (version: 'v1' | 'v1beta1'): ExecConfig => {
    const file = join(directory, 'token');
    writeFileSync(file, token);
    return {
      command: 'gke-gcloud-auth-plugin',
      env: [
        { name: 'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE', value: file },
        { name: 'CLOUDSDK_CONFIG', value: join(directory, 'gcloud') },
        { name: 'CLOUDSDK_CORE_DISABLE_PROMPTS', value: '1' },
      ],
      apiVersion: `client.authentication.k8s.io/${version}`,
      interactiveMode: 'Never',
    };
  };

  it.skipIf(isMissing)(
    'answers in v1beta1 with the token of a file (skipped where it is not installed)',
    async () => {
      const source = execSource(config('v1beta1'));
      await using manager = createCredentialManager({ source });
      expect((await manager.current()).token).toBe(token);
    },
    60_000,
  );

  it.skipIf(isMissing)(
    'answers in v1beta1 whatever it is asked, which is named (skipped where it is not installed)',
    async () => {
      await using manager = createCredentialManager({ source: execSource(config('v1')) });
      const error: unknown = await manager.current().catch((thrown: unknown) => thrown);
      expect(isCredentialError(error) && error.code).toBe('ERR_EXEC_VERSION');
      expect(String(error)).toContain('returned version client.authentication.k8s.io/v1beta1');
    },
    60_000,
  );
});
