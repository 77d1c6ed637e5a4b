import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { bindAxios } from '@keyturn/axios';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { execCredential, type ScriptedPlugin, scriptedPlugin } from '@keyturn/testkit';
import axios, { type AxiosInstance } from 'axios';
import { exactly } from '../budget.js';
import { quickPath, tokenOf } from '../rotation/protocol.js';
import { issueCertificates } from '../rotation/rotating-credentials.js';
import { type RotationServer, startRotationServer } from '../rotation/rotation-server.js';
import type { Section } from '../section.js';

/** What a crowd of requests cost. */
export interface FlightCount {
  readonly what: string;
  readonly requests: number;
  readonly failed: number;
  /** Answered with 401, as the server counts them. */
  readonly refusals: number;
  readonly pluginRuns: number;
}

const delayMs = 100;

export const flightsSection: Section = {
  name: 'flights',
  summary: 'plugin runs for crowds of requests',
  async run({ quick, say }) {
    say('flights: a crowd of requests at an expired credential, and one of 401s');
    // What is counted does not depend on what else there is to do.
    const [expired, refused] = await Promise.all([
      expiredCrowd(quick ? 1_000 : 10_000),
      refusedCrowd(500),
    ]);
    const counts = [expired, refused];
    return {
      budgets: [
        ...counts.flatMap(({ what, requests, failed, pluginRuns }) => [
          exactly(1, pluginRuns, `plugin runs for ${requests} ${what}`),
          exactly(0, failed, `of those ${requests}: failed`),
        ]),
        exactly(0, expired.refusals, `of those ${expired.requests}: sent with what had expired`),
        exactly(
          refused.requests,
          refused.refusals,
          `of those ${refused.requests}: answered 401 first`,
        ),
      ],
      tables: [],
      data: { counts },
    };
  },
};

/** All requests come when the credential that is held has expired. */
async function expiredCrowd(requests: number): Promise<FlightCount> {
  const shortMs = 1_500;
  await using crowd = await gather([shortMs, 3_600_000]);
  await crowd.client.get(quickPath);
  await delay(shortMs);
  return await crowd.send('requests at an expired credential', requests);
}

/** The server has revoked the token of all requests. */
async function refusedCrowd(requests: number): Promise<FlightCount> {
  await using crowd = await gather([3_600_000, 3_600_000]);
  await crowd.client.get(quickPath);
  await crowd.server.revokeBelow(2);
  return await crowd.send('simultaneous 401s', requests);
}

interface Crowd extends AsyncDisposable {
  readonly client: AxiosInstance;
  readonly server: RotationServer;
  send(what: string, requests: number): Promise<FlightCount>;
}

/** @param lifetimesMs of the credentials that the plugin gives, in this order */
async function gather(lifetimesMs: readonly number[]): Promise<Crowd> {
  const server = await startRotationServer();
  const plugin = await pluginFor(lifetimesMs);
  const manager = createCredentialManager({ source: execSource(plugin.config) });
  const httpsAgent = new Agent({ keepAlive: true, maxSockets: 500 });
  const bare = axios.create({ baseURL: server.url, proxy: false, httpsAgent });
  const { client, unbind } = bindAxios(bare, manager, { tls: { ca: server.ca } });
  return {
    client,
    server,
    async send(what, requests) {
      const runsBefore = plugin.runs();
      const refusalsBefore = await server.refusals();
      const sent = Array.from({ length: requests }, () => client.get(quickPath));
      const answers = await Promise.allSettled(sent);
      const failed = answers.filter(({ status }) => status === 'rejected').length;
      const refusals = (await server.refusals()) - refusalsBefore;
      return { what, requests, failed, refusals, pluginRuns: plugin.runs() - runsBefore };
    },
    async [Symbol.asyncDispose]() {
      unbind();
      await manager.close();
      await plugin.dispose();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function pluginFor(lifetimesMs: readonly number[]): Promise<ScriptedPlugin> {
  const [clientCertificate] = await issueCertificates(1);
  const steps = lifetimesMs.map((lifetimeMs, index) => {
    const expiresAt = Date.now() + lifetimeMs;
    const token = tokenOf(index + 1, expiresAt);
    const stdout = execCredential({
      token,
      expiresAt,
      ...(clientCertificate && { clientCertificate }),
    });
    return { stdout, delayMs };
  });
  return scriptedPlugin(steps);
}
