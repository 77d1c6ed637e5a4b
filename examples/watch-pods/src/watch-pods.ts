import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import type { HttpsClient } from '@keyturn/https';

interface Pod {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Pod[];
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Pod;
}

export interface WatchPodsOptions {
  /** Where the pods are listed, such as `https://server/api/v1/pods`. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** Told of each pod that is listed, with `LISTED`, and of each event. */
  onPod(type: string, name: string): void;
}

/**
 * Follows the pods of a cluster until `signal` is aborted: lists them, watches from the version of the list, and goes on from the
 * latest version whenever the server ends a watch. A version that the server has forgotten means to list them once more.
 */
export async function watchPods(client: HttpsClient, options: WatchPodsOptions): Promise<void> {
  const { signal } = options;
  let version: string | undefined;
  while (!signal.aborted) {
    version ??= await list(client, options);
    version = await watchFrom(version, client, options);
  }
}

/** @returns the version of the list */
async function list(
  client: HttpsClient,
  { url, signal, onPod }: WatchPodsOptions,
): Promise<string> {
  const answer = await client.get(url, { signal });
  if (answer.statusCode !== 200)
    throw new Error(`The list was answered with ${answer.statusCode}.`);
  const { metadata, items } = (await json(answer)) as PodList;
  for (const pod of items) onPod('LISTED', pod.metadata.name);
  return metadata.resourceVersion;
}

/** @returns the version to go on from; undefined where the server has forgotten it */
async function watchFrom(
  from: string,
  client: HttpsClient,
  { url, signal, onPod }: WatchPodsOptions,
): Promise<string | undefined> {
  const query = new URLSearchParams({ watch: 'true', resourceVersion: from });
  const answer = await client.get(`${url}?${query}`, { signal });
  if (answer.statusCode === 410) {
    answer.resume();
    return undefined;
  }
  if (answer.statusCode !== 200)
    throw new Error(`The watch was answered with ${answer.statusCode}.`);
  let version = from;
  for await (const line of createInterface({ input: answer })) {
    const { type, object } = JSON.parse(line) as WatchEvent;
    if (type === 'ERROR') return undefined;
    version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') onPod(type, object.metadata.name);
  }
  return version;
}
