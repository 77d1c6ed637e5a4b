import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpsClient } from '@keyturn/https';

const postEveryMs = 50;

export interface Posts {
  readonly sent: number;
  /** Why some have no good answer; empty when all went well. */
  readonly failures: readonly string[];
}

/** Sends one POST after the other until it is over. Each may take its time: they do not wait for one another. */
export async function post(
  client: HttpsClient,
  url: string,
  over: AbortSignal,
  onAnswer: (number: number, commonName: string) => void,
): Promise<Posts> {
  const failures: string[] = [];
  const answers: Promise<void>[] = [];
  for (let number = 1; !over.aborted; number += 1) {
    const answer = postOne(client, url, number)
      .then((commonName) => onAnswer(number, commonName))
      .catch((error: Error) => {
        failures.push(`POST ${number}: ${error.message}`);
      });
    answers.push(answer);
    await delay(postEveryMs);
  }
  await Promise.all(answers);
  return { sent: answers.length, failures };
}

/** Resolves with the name on the certificate that the server saw. */
async function postOne(client: HttpsClient, url: string, number: number): Promise<string> {
  const body = JSON.stringify({ number, filler: 'x'.repeat(1_000) });
  const response = await client.request(url, { method: 'POST', body });
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  return text(response);
}
