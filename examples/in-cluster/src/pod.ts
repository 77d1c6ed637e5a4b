import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority, startTestApiServer } from '@keyturn/testkit';

/** What a program sees of the pod that it runs in. */
export interface Pod extends AsyncDisposable {
  /** In place of /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly directory: string;
  /** Writes the next token, and has the server take no other. */
  renewToken(): Promise<void>;
  /** Has the server present a certificate of another authority, and writes that. */
  renewAuthority(): Promise<void>;
}

/** Makes a mount and a server, and sets the variables that the kubelet sets. */
export async function startPod(): Promise<Pod> {
  const directory = await mkdtemp(join(tmpdir(), 'keyturn-pod-'));
  let token = 1;
  const server = await startTestApiServer({
    authorize: (request) => request.token === `token-${token}`,
    respond: (_, response) => response.end(JSON.stringify({ items: [{}, {}, {}] })),
  });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(directory, name), text);
  await Promise.all([write('token', 'token-1\n'), write('ca.crt', server.ca)]);
  await write('namespace', 'shop');
  process.env['KUBERNETES_SERVICE_HOST'] = '127.0.0.1';
  process.env['KUBERNETES_SERVICE_PORT'] = new URL(server.url).port;
  return {
    directory,
    renewToken: async () => {
      token += 1;
      await write('token', `token-${token}\n`);
    },
    renewAuthority: async () => {
      const next = await createTestAuthority();
      server.presentCertificate(await next.issueServerCertificate());
      for (let number = 1; number <= server.connections.opened; number += 1) {
        server.connections.cut(number);
      }
      await write('ca.crt', next.certificate);
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
