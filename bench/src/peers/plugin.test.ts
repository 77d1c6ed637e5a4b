import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { PluginFormat } from './peer.js';
import {
  breakPlugin,
  lastExpiryOf,
  mendPlugin,
  type Plugin,
  removePlugin,
  runsOf,
  tagOf,
  writePlugin,
} from './plugin.js';

const run = promisify(execFile);
const clientCertificate = { certificate: 'cert\nificate', privateKey: 'ke\ny' };
const written: Plugin[] = [];

async function pluginThatPrints(format: PluginFormat): Promise<Plugin> {
  const plugin = await writePlugin({ format, lifetimeMs: 1_234_567, clientCertificate });
  written.push(plugin);
  return plugin;
}

afterEach(async () => {
  await Promise.all(written.splice(0).map(removePlugin));
});

describe.skipIf(process.platform === 'win32')('the plugin of a peer', () => {
  it('prints an ExecCredential with token, certificate and expiry, and counts its runs', async () => {
    const plugin = await pluginThatPrints('exec');
    expect(runsOf(plugin)).toBe(0);
    const { status } = JSON.parse((await run(plugin.command)).stdout);
    expect(status.clientKeyData).toBe('ke\ny');
    expect(status.token).toMatch(new RegExp(`^${tagOf(plugin)}-\\d+-${lastExpiryOf(plugin)}$`));
    expect(Date.parse(status.expirationTimestamp)).toBe(lastExpiryOf(plugin));
    expect(runsOf(plugin)).toBe(1);
  });

  it.each(['aws', 'google', 'token'] as const)('prints JSON for %s', async (format) => {
    const plugin = await pluginThatPrints(format);
    const printed = JSON.parse((await run(plugin.command)).stdout);
    const token = printed.SecretAccessKey ?? printed.id_token ?? printed.token;
    expect(token).toContain(String(lastExpiryOf(plugin)));
  });

  it('fails while it is broken, in both ways, and works again', async () => {
    const plugin = await pluginThatPrints('token');
    breakPlugin(plugin, 'exits');
    await expect(run(plugin.command)).rejects.toMatchObject({ code: 1 });
    breakPlugin(plugin, 'killed');
    await expect(run(plugin.command)).rejects.toMatchObject({ signal: 'SIGKILL' });
    mendPlugin(plugin);
    await run(plugin.command);
    expect(runsOf(plugin)).toBe(3);
  });
});
