// What is done with a KubeConfig that is bound, by what it promises. Each play has a server of its own.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { inspect } from 'node:util';
import { createCredentialRegistry } from '@keyturn/core';
import { bindKubeConfig } from '@keyturn/kubernetes/client-node';
import { startTestProxy } from '@keyturn/testkit';

const base64 = (text) => Buffer.from(text).toString('base64');

/** A KubeConfig of the server that runs its plugin. */
function load({ KubeConfig }, { url, plugin }, ca, more = {}) {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'c', server: url, caData: base64(ca), ...more }],
    users: [{ name: 'u', exec: plugin.config }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'default' }],
    currentContext: 'x',
  });
  return kubeConfig;
}

const isForbidden = (seen) => seen.filter(({ isIn }) => !isIn).length;
const latest = ({ seen }) => seen.at(-1);
const stream = () => new PassThrough();

async function until(holds, what) {
  for (let looks = 0; !holds(); looks += 1) {
    if (looks > 1_000) throw new Error(`It never came to this: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Has the server take the next credential only: the one that is held is refused from now on. */
function rotate(world) {
  world.newest += 1;
}

/** Ends the watch that runs, as a server does after some minutes. */
async function endWatches(world) {
  for (const watch of world.watches) watch.end();
  await until(() => world.watches.size === 0, 'no watch runs');
}

export const plays = {
  '100 concurrent cold calls run the plugin once': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const { unbind } = bindKubeConfig(kubeConfig);
    await Promise.all(Array.from({ length: 100 }, () => api.listNamespace()));
    deepEqual([world.plugin.runs(), world.seen.length, isForbidden(world.seen)], [1, 100, 0]);
    unbind();
  },

  '50 calls in a row take at most 2 TLS connections': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    for (let count = 0; count < 50; count += 1) await api.listNamespace();
    ok(world.opened <= 2, `${world.opened} connections`);
  },

  'a GET, a POST and a PATCH after a 401 are seen as 200 only': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    await api.listNamespace();
    rotate(world);
    equal((await api.listNamespace()).kind, 'List');
    rotate(world);
    const made = { metadata: { name: 'made', labels: { of: 'ä'.repeat(10_000) } } };
    equal((await api.createNamespace({ body: made })).metadata.name, 'made');
    rotate(world);
    const patch = [{ op: 'add', path: '/metadata/labels', value: {} }];
    await api.patchNamespace({ name: 'made', body: patch });
    const [refused, taken] = world.seen.slice(-2);
    deepEqual([refused.isIn, taken.isIn, taken.method], [false, true, 'PATCH']);
    equal(taken.body, refused.body);
    deepEqual([world.plugin.runs(), isForbidden(world.seen)], [4, 3]);
  },

  'KubernetesObjectApi creates after a 401': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    const client = k8s.KubernetesObjectApi.makeApiClient(kubeConfig);
    const of = (name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    await client.create(of('one'));
    rotate(world);
    equal((await client.create(of('two'))).metadata.name, 'two');
  },

  'a log and metrics are read after a 401': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    await new k8s.Metrics(kubeConfig).getNodeMetrics();
    rotate(world);
    equal((await new k8s.Metrics(kubeConfig).getPodMetrics()).kind, 'List');
    rotate(world);
    const output = stream();
    await new k8s.Log(kubeConfig).log('default', 'pod', 'main', output, {});
    equal(String((await once(output, 'data'))[0]), 'a line of the log\n');
    equal(isForbidden(world.seen), 2);
  },

  'an informer goes on after rotations, with the new certificate': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    const added = [];
    const list = () => api.listNamespacedPod({ namespace: 'default' });
    const informer = k8s.makeInformer(kubeConfig, '/api/v1/namespaces/default/pods', list);
    informer.on('add', ({ metadata }) => added.push(metadata.name));
    informer.on('error', () => void informer.start());
    await informer.start();
    for (const number of [1, 2, 3]) {
      await until(() => world.watches.size === 1, 'a watch runs');
      const { commonName, url } = latest(world);
      deepEqual([commonName, /watch=true/.test(url)], [`client-${number}`, true]);
      const object = {
        kind: 'Pod',
        metadata: { name: `pod-${number}`, resourceVersion: `${number}` },
      };
      const [watch] = world.watches;
      watch.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      await until(() => added.length === number, 'the event has arrived');
      if (number === 3) break;
      rotate(world);
      await endWatches(world);
    }
    await informer.stop();
    deepEqual(added, ['pod-1', 'pod-2', 'pod-3']);
  },

  'a watch that is under way outlives a rotation': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    const { credentials } = bindKubeConfig(kubeConfig);
    const seen = [];
    let ended = 0;
    const watch = new k8s.Watch(kubeConfig);
    const running = await watch.watch(
      '/api/v1/pods',
      {},
      (type) => seen.push(type),
      () => ended++,
    );
    await until(() => world.watches.size === 1, 'a watch runs');
    await credentials.refresh();
    const [response] = world.watches;
    response.write(`${JSON.stringify({ type: 'ADDED', object: {} })}\n`);
    await until(() => seen.length === 1, 'the event has arrived');
    deepEqual([seen, ended], [['ADDED'], 0]);
    running.abort();
    await until(() => world.watches.size === 0, 'the watch has ended');
  },

  'exec, attach, port-forward and cp present the new certificate, and are opened after a 401':
    async (k8s, world, ca) => {
      const kubeConfig = load(k8s, world, ca);
      bindKubeConfig(kubeConfig);
      const input = () => Object.assign(stream(), { end: () => {} });
      const exec = (stdout) =>
        new k8s.Exec(kubeConfig).exec('default', 'pod', 'main', ['ls'], stdout, null, null, false);
      const opens = {
        exec,
        attach: (stdout) =>
          new k8s.Attach(kubeConfig).attach('default', 'pod', 'main', stdout, null, null, false),
        portforward: (output) =>
          new k8s.PortForward(kubeConfig).portForward(
            'default',
            'pod',
            [80],
            output,
            null,
            input(),
          ),
      };
      for (const [name, open] of Object.entries(opens)) {
        const socket = await open(stream());
        const { url, commonName } = latest(world);
        deepEqual([url.includes(`/${name}?`), commonName], [true, `client-${world.newest}`]);
        socket.close();
        rotate(world);
      }
      await new k8s.Cp(kubeConfig).cpToPod('default', 'pod', 'main', import.meta.dirname, '/to');
      await until(() => latest(world).isIn && latest(world).url.includes('command=tar'), 'cp runs');
      deepEqual([latest(world).commonName, isForbidden(world.seen)], ['client-4', 3]);
    },

  'the client sees a second refusal, and no secret in it': async (k8s, world, ca) => {
    const kubeConfig = load(k8s, world, ca);
    bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    world.newest = 99;
    const refused = await api.listNamespace().catch((error) => error);
    equal(refused.code, 401);
    const exec = new k8s.Exec(kubeConfig).exec('d', 'pod', 'main', ['ls'], null, null, null, false);
    const event = await exec.catch((error) => error);
    const shown = inspect([refused, event, kubeConfig], { depth: Infinity, showHidden: true });
    ok(!/token-\d|PRIVATE KEY/.test(shown + JSON.stringify(refused)), 'a secret is shown');
  },

  'twenty KubeConfigs of a registry run one plugin': async (k8s, world, ca) => {
    const registry = createCredentialRegistry();
    const calls = Array.from({ length: 20 }, () => {
      const kubeConfig = load(k8s, world, ca);
      bindKubeConfig(kubeConfig, { registry });
      return kubeConfig.makeApiClient(k8s.CoreV1Api).listNamespace();
    });
    await Promise.all(calls);
    equal(world.plugin.runs(), 1);
    await registry.close();
  },

  'everything goes through the proxy of the kubeconfig': async (k8s, world, ca) => {
    for (const protocol of ['http', 'socks5']) {
      const login = { user: 'me', password: 'pass' };
      const proxy = await startTestProxy({ protocol, login });
      const kubeConfig = load(k8s, world, ca, { proxyUrl: proxy.url });
      const { unbind } = bindKubeConfig(kubeConfig);
      const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
      const before = world.opened;
      await api.listNamespace();
      rotate(world);
      await api.createNamespace({ body: { metadata: { name: 'made' } } });
      const watch = new k8s.Watch(kubeConfig);
      const running = await watch.watch(
        '/api/v1/pods',
        {},
        () => {},
        () => {},
      );
      await until(() => world.watches.size === 1, 'a watch runs');
      const exec = new k8s.Exec(kubeConfig);
      await exec.exec('default', 'pod', 'main', ['ls'], stream(), null, null, false);
      equal(latest(world).commonName, `client-${world.newest}`);
      equal(proxy.tunnels.length, world.opened - before);
      ok(!/token-\d|client-\d/.test(proxy.seen()), 'the proxy reads what passes');
      running.abort();
      unbind();
      await proxy.close();
      world.newest = 1;
      world.plugin.script(world.steps);
    }
  },

  'a pod follows the token that the kubelet renews': async (k8s, world, ca, folder) => {
    const mount = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(mount, { recursive: true });
    writeFileSync(join(mount, 'ca.crt'), ca);
    writeFileSync(join(mount, 'token'), 'token-1\n');
    const { hostname, port } = new URL(world.url);
    Object.assign(process.env, {
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    });
    const kubeConfig = new k8s.KubeConfig();
    kubeConfig.loadFromCluster(folder);
    const { credentials } = bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    await api.listNamespace();
    writeFileSync(join(mount, 'token'), 'token-2\n');
    rotate(world);
    equal((await api.listNamespace()).kind, 'List');
    const watch = new k8s.Watch(kubeConfig);
    const running = await watch.watch(
      '/api/v1/pods',
      {},
      () => {},
      () => {},
    );
    await until(() => world.watches.size === 1, 'a watch runs');
    running.abort();
    equal((await credentials.current()).token, 'token-2');
  },

  'a KubeConfig from a string is as it was after unbind()': async (k8s, world, ca) => {
    const kubeConfig = new k8s.KubeConfig();
    kubeConfig.loadFromString(load(k8s, world, ca).exportConfig());
    const before = kubeConfig.exportConfig();
    const names = Object.getOwnPropertyNames(kubeConfig);
    const { unbind } = bindKubeConfig(kubeConfig);
    const api = kubeConfig.makeApiClient(k8s.CoreV1Api);
    await api.listNamespace();
    unbind();
    deepEqual([Object.getOwnPropertyNames(kubeConfig), kubeConfig.exportConfig()], [names, before]);
    rotate(world);
    // Its own way: the plugin runs for this call alone.
    await api.listNamespace();
    deepEqual([world.plugin.runs(), latest(world).token], [2, 'token-2']);
  },
};
