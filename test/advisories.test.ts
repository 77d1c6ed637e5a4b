import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { root, textOf } from './source-files.js';

interface Component {
  readonly name: string;
  readonly version: string;
}

const { components } = JSON.parse(textOf('packages/core/sbom.json')) as {
  readonly components: readonly Component[];
};
const { version } = components.find(({ name }) => name === 'inversify') as Component;

/** Runs the check against a registry that is played by `listener`. */
async function check(listener: RequestListener): Promise<{ code: number; output: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` };
  try {
    return await new Promise((resolve) => {
      const args = ['scripts/check-advisories.mjs'];
      execFile(process.execPath, args, { cwd: root, env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const asked: Record<string, readonly string[]> = {};

async function readQuestion(request: IncomingMessage): Promise<void> {
  const body = await buffer(request);
  const isPacked = request.headers['content-encoding'] === 'gzip';
  Object.assign(asked, JSON.parse(String(isPacked ? gunzipSync(body) : body)));
}

/** A registry that knows these advisories, and one version of inversify. */
function registry(advisories: object): RequestListener {
  return async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') {
      await readQuestion(request);
      response.end(JSON.stringify(advisories));
    } else {
      const versions = { [version]: { name: 'inversify', version } };
      response.end(JSON.stringify({ name: 'inversify', versions, 'dist-tags': {} }));
    }
  };
}

const advisory = {
  id: 1,
  url: 'https://advisories.example/1',
  title: 'Reads what it should not',
  severity: 'high',
  vulnerable_versions: `<=${version}`,
};

describe('npm run check:advisories', () => {
  it('fails with the package, its holder and the advisory when one is known', async () => {
    const { code, output } = await check(registry({ inversify: [advisory] }));
    expect(output).toContain(
      `inversify@${version} in @keyturn/core: high: Reads what it should not`,
    );
    expect(code).toBe(1);
  });

  it('asks about every bundled version, and passes when nothing is known', async () => {
    const { code, output } = await check(registry({}));
    expect(asked).toMatchObject({ inversify: [version], 'reflect-metadata': [expect.any(String)] });
    for (const each of components) expect(asked[each.name]).toContain(each.version);
    expect(output).toMatch(/^\d+ bundled versions, 0 with a security advisory$/m);
    expect(code).toBe(0);
  });

  it('says that it could not ask where the registry does not answer', async () => {
    const { code, output } = await check((_request, response) => response.writeHead(405).end());
    expect(output).toMatch(/^NOT ASKED about \d+ bundled versions/m);
    expect(output).not.toContain('127.0.0.1');
    expect(code).toBe(0);
  });
});
