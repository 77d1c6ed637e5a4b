import { bindKubeConfig } from '@keyturn/kubernetes/client-node';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { startCluster } from './cluster.js';

await using cluster = await startCluster();
const kubeConfig = new KubeConfig();
kubeConfig.loadFromString(cluster.kubeconfig);

// What your program has is above and below; this is the line that it gets.
const { credentials, unbind } = bindKubeConfig(kubeConfig);

const api = kubeConfig.makeApiClient(CoreV1Api);
credentials.on('rotated', ({ credential }) => {
  console.log(`rotation: credential ${credential.generation}`);
});

const lists = await Promise.all(Array.from({ length: 20 }, () => api.listNamespace()));
console.log(`${lists.length} calls at once: ${cluster.pluginRuns()} run of the plugin`);

const before = cluster.connections();
for (let count = 0; count < 20; count += 1) await api.listNamespace();
console.log(`20 calls in a row: ${cluster.connections() - before} new connections`);

cluster.revoke();
const { items } = await api.listNamespace();
console.log(`the token was revoked: ${items.length} namespaces all the same`);

cluster.revoke();
const { metadata } = await api.createNamespace({ body: { metadata: { name: 'made' } } });
console.log(`it was revoked again: namespace "${metadata?.name}" was made, once`);
unbind();
