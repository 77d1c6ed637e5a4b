import { execCredential, scriptedPlugin, startTestApiServer } from '@keyturn/testkit';

/** A cluster for one person, with a plugin that gives a new token for each that was revoked. */
export interface Cluster extends AsyncDisposable {
  /** As `kubectl config view --raw` shows it. */
  readonly kubeconfig: string;
  pluginRuns(): number;
  /** Connections that the server has accepted so far. */
  connections(): number;
  /** Has the server refuse the token that it takes now. */
  revoke(): void;
}

export async function startCluster(): Promise<Cluster> {
  let newest = 1;
  const namespaces = ['default'];
  const plugin = await scriptedPlugin(
    Array.from({ length: 3 }, (_, index) => ({
      stdout: execCredential({ token: `token-${index + 1}` }),
    })),
  );
  const server = await startTestApiServer({
    authorize: ({ token }) => token === `token-${newest}`,
    respond: (_, response, { method, body }) => {
      response.setHeader('content-type', 'application/json');
      if (method === 'POST') namespaces.push(String(JSON.parse(body.toString()).metadata.name));
      response.end(method === 'POST' ? body : JSON.stringify(listOf(namespaces)));
    },
  });
  return {
    kubeconfig: JSON.stringify(kubeconfigOf(server.url, server.ca, plugin.config)),
    pluginRuns: plugin.runs,
    connections: () => server.connections.opened,
    revoke: () => {
      newest += 1;
    },
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await plugin.dispose();
    },
  };
}

function listOf(names: readonly string[]): object {
  const items = names.map((name) => ({ metadata: { name } }));
  return { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items };
}

function kubeconfigOf(server: string, ca: string, exec: object): object {
  const data = Buffer.from(ca).toString('base64');
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
    contexts: [{ name: 'here', context: { cluster: 'local', user: 'me' } }],
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'me', user: { exec } }],
  };
}
