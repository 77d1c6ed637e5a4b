import { createInterface } from 'node:readline';
import type { HttpsClient } from '@keyturn/https';

/** Follows a stream of numbered lines to its end, and returns the numbers. */
export async function watch(client: HttpsClient, url: string): Promise<number[]> {
  const received: number[] = [];
  for await (const line of createInterface({ input: await client.get(url) })) {
    received.push(Number(line));
  }
  return received;
}
