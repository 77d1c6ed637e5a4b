import { axiosClientToken, axiosModule } from '@keyturn/axios';
import {
  Container,
  credentialModule,
  inject,
  injectable,
  type ServiceIdentifier,
  tokens,
} from '@keyturn/core/container';
import { execSource } from '@keyturn/core/exec';
import { execCredential, scriptedPlugin, startTestApiServer } from '@keyturn/testkit';
import type { AxiosInstance } from 'axios';

// Stand-ins, so that this runs offline: a server that wants a token, and a credential plugin that prints it.
await using server = await startTestApiServer({ authorize: ({ token }) => token === 'hello' });
await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'hello' }) });

const api: ServiceIdentifier<AxiosInstance> = axiosClientToken<AxiosInstance>('api');

/** A class of the application: it asks for an axios client and knows nothing of credentials. */
@injectable()
class NamespaceReport {
  readonly #client: AxiosInstance;

  constructor(@inject(api) client: AxiosInstance) {
    this.#client = client;
  }

  async write(): Promise<string> {
    const { status, data } = await this.#client.get('/api/v1/namespaces');
    return `${status} ${data.method} ${data.path}`;
  }
}

const container = new Container();
await container.load(
  credentialModule({ source: execSource(plugin.config) }),
  axiosModule({ name: 'api', baseURL: server.url, tls: { ca: server.ca } }),
);
container.bind(NamespaceReport).toSelf();

console.log(await container.get(NamespaceReport).write());

// Tear-down is the application's: first the clients, then the credential they carry.
for (const binding of container.getAll(tokens.binding)) binding.unbind();
await container.get(tokens.manager).close();
