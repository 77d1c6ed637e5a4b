import { bindAxios } from '@keyturn/axios';
import {
  type ClientCertificate,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import axios from 'axios';
import { inDrawnOrder } from '../order.js';
import { type LatencyLoad, type Sample, sampleLatency, slownessOf, thinOut } from './latency.js';
import { quickPath, slowPath } from './protocol.js';
import { AxiosRecipe } from './recipe.js';
import { issueCertificates, rotatingSource } from './rotating-credentials.js';
import { startRotationServer } from './rotation-server.js';

/** What the callers of one side went through. */
export interface LatencySide {
  readonly name: string;
  /** A selection: every failed and every slow one is here. */
  readonly samples: readonly Sample[];
  readonly rotationsAtMs: readonly number[];
  readonly requests: number;
  readonly failed: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
}

const mostSamples = 1_500;

/** How fast the credential of a side comes and goes. Milliseconds. */
export interface Pace {
  readonly durationMs: number;
  readonly lifetimeMs: number;
  /** How long it takes to get one. */
  readonly loadMs: number;
}

interface Rig {
  readonly name: string;
  get(path: string): Promise<unknown>;
  close(): unknown;
}

/** Runs the same load through a binding, and through the recipe that people use today, `abreast` of them at a time. */
export async function measureSides(pace: Pace, abreast: number): Promise<LatencySide[]> {
  const certificates = await issueCertificates(
    Math.ceil(pace.durationMs / pace.lifetimeMs) * 2 + 2,
  );
  const makers = [boundAxios, axiosRecipe];
  const found = new Map<(typeof makers)[number], LatencySide>();
  await inDrawnOrder(makers, abreast, async (make) => {
    found.set(make, await measureSide(make, certificates, pace));
  });
  return makers.flatMap((make) => found.get(make) ?? []);
}

async function measureSide(
  make: (source: CredentialSource, url: string, ca: string) => Rig,
  certificates: readonly ClientCertificate[],
  { durationMs, lifetimeMs, loadMs }: Pace,
): Promise<LatencySide> {
  await using server = await startRotationServer();
  const loads: number[] = [];
  const source = rotatingSource({ certificates, lifetimeMs, loadMs });
  const noted: CredentialSource = {
    name: source.name,
    load: async (context) => {
      const material = await source.load(context);
      loads.push(performance.now());
      return material;
    },
  };
  const rig = make(noted, server.url, server.ca);
  await rig.get(quickPath);
  const startedAt = performance.now();
  const samples = await sampleLatency(loadOn(rig, durationMs));
  rig.close();
  // One that comes when the last request has gone out rotates nothing.
  const rotations = loads
    .map((at) => Math.round(at - startedAt))
    .filter((at) => at > 0 && at < durationMs);
  return sideOf(rig.name, samples, rotations);
}

const loadOn = (rig: Rig, durationMs: number): LatencyLoad => ({
  workers: 16,
  durationMs,
  pauseMs: 40,
  send: (turn) => rig.get(turn % 8 === 0 ? slowPath : quickPath),
});

function boundAxios(source: CredentialSource, url: string, ca: string): Rig {
  const manager = createCredentialManager({ source });
  const { client, unbind } = bindAxios(axios.create({ baseURL: url, proxy: false }), manager, {
    tls: { ca },
  });
  return {
    name: 'axios with Keyturn',
    get: (path) => client.get(path),
    close: () => {
      unbind();
      return manager.close();
    },
  };
}

function axiosRecipe(source: CredentialSource, url: string, ca: string): Rig {
  const recipe = new AxiosRecipe(source, url, ca);
  return {
    name: 'axios with interceptors and a new agent',
    get: (path) => recipe.client.get(path),
    close: () => recipe.close(),
  };
}

function sideOf(
  name: string,
  samples: readonly Sample[],
  rotationsAtMs: readonly number[],
): LatencySide {
  return {
    name,
    samples: thinOut(samples, mostSamples),
    rotationsAtMs,
    requests: samples.length,
    failed: samples.filter(({ failed }) => failed).length,
    medianMs: slownessOf(samples, 0.5),
    p99Ms: slownessOf(samples, 0.99),
    slowestMs: slownessOf(samples, 1),
  };
}
