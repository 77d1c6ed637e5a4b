import { fileURLToPath } from 'node:url';
import { Child } from '../child.js';
import { identities } from '../identities.js';
import { measureInPairs, type Pair } from '../paired.js';
import type { Arena } from '../peers/arena.js';
import type { Introduction, Peer } from '../peers/peer.js';
import { entrantsOf } from '../peers/roster.js';
import { quickPlugin } from '../plugin/commands.js';
import { type ProcessCost, runNode } from './run-node.js';
import { type Task, taskVariable } from './task.js';

/** Two whole programs that do the same. */
export interface Contest {
  readonly name: string;
  readonly beside: string;
  /** Without `-program.js`, and what it is given. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** What both are told; a peer has a plugin of its own. */
  readonly task: unknown;
  readonly theirTask?: unknown;
  /** CPU of ours over theirs. */
  readonly mostCpu?: number;
}

/** Ours beside the bare client, and beside what anyone would write to run a plugin. */
export function bareContests(task: Task): Contest[] {
  const clients = ['axios', 'got', 'fetch', 'https'].map(
    (client): Contest => ({
      name: `README's ten lines with ${client}`,
      beside: `the same with bare ${client}`,
      ours: [`bound-${client}`],
      theirs: [`bare-${client}`],
      task,
      ...(client === 'axios' ? { mostCpu: 1.1 } : {}),
    }),
  );
  return [
    ...clients,
    {
      name: 'one plugin run, and out',
      beside: 'execFile and JSON.parse',
      ours: ['bound-plugin'],
      theirs: ['bare-plugin'],
      task,
      mostCpu: 1.6,
    },
  ];
}

const peers = ['client-node-1', 'client-node-2', 'azure', 'aws', 'google', 'axios-auth-refresh'];

/** Ours beside each peer: a process that gets one credential from a plugin, or sends one request with it. */
export async function peerContests(arena: Arena): Promise<Contest[]> {
  const present = entrantsOf('cold').filter(({ id }) => peers.includes(id));
  return Promise.all(
    present.map(async ({ module, part, works }): Promise<Contest> => {
      const peer = ((await import(module.href)) as Record<string, Peer>)[part] as Peer;
      const way = works.cold === 'request' ? 'request' : 'lookup';
      return {
        name: way === 'request' ? 'one axios request with a plugin' : 'one plugin run, and out',
        beside: `${peer.name} ${peer.version}`,
        ours: [way === 'request' ? 'bound-axios-plugin' : 'bound-plugin'],
        theirs: ['peer-process', module.href, part, way],
        task: await ourTask(arena, peer),
        theirTask: await arena.setting(peer),
      };
    }),
  );
}

async function ourTask(arena: Arena, peer: Introduction): Promise<Task> {
  const does = { ...peer.does, format: 'exec' } as const;
  const { url, ca, command } = await arena.setting({ ...peer, does });
  const apiVersion = 'client.authentication.k8s.io/v1';
  const plugin = { command, args: [], apiVersion, interactiveMode: 'Never' } as const;
  return { url, ca, token: '', plugin };
}

export function measureContest(contest: Contest, count: number): Promise<Pair<ProcessCost>[]> {
  const { ours, theirs, task, theirTask = task } = contest;
  return measureInPairs(
    count,
    () => run(ours, task),
    () => run(theirs, theirTask),
  );
}

function run([name, ...args]: readonly string[], task: unknown): Promise<ProcessCost> {
  const program = fileURLToPath(new URL(`./${name}-program.js`, import.meta.url));
  return runNode({ args: [program, ...args], env: { [taskVariable]: JSON.stringify(task) } });
}

/** A server in its own process, and what programs are told that call it. */
export async function openServer(): Promise<{ readonly server: Child; readonly task: Task }> {
  const { server: identity } = await identities();
  const server = new Child(new URL('../throughput/server-program.js', import.meta.url));
  const port = await server.ask<number>('tokens', identity);
  const { args = [], ...plugin } = quickPlugin();
  const url = `https://127.0.0.1:${port}`;
  return { server, task: { url, ca: identity.ca, token: 'bench', plugin: { ...plugin, args } } };
}
