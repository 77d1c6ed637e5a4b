import { json } from 'node:stream/consumers';
import { createCredentialManager } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { loadInCluster } from '@keyturn/kubernetes';
import { startPod } from './pod.js';

await using pod = await startPod();

// In a pod, without an argument: the kubelet mounts the folder.
const { server, bindOptions, namespace, source } = await loadInCluster({
  directory: pod.directory,
});
await using credentials = createCredentialManager({ source });
const { client, unbind } = bindHttps(credentials, bindOptions);
const countPods = async (): Promise<number> => {
  const answer = await client.get(`${server}/api/v1/namespaces/${namespace}/pods`);
  if (answer.statusCode !== 200) throw new Error(`The server answered ${answer.statusCode}.`);
  return ((await json(answer)) as { readonly items: readonly unknown[] }).items.length;
};

console.log(`${await countPods()} pods in namespace "${namespace}"`);
await pod.renewToken();
console.log(`the kubelet has renewed the token: ${await countPods()} pods`);
await pod.renewAuthority();
console.log(`the authority of the cluster is a new one: ${await countPods()} pods`);
unbind();
