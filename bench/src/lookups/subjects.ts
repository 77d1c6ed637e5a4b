import {
  type CredentialManager,
  createCredentialManager,
  createCredentialRegistry,
} from '@keyturn/core';
import type { ExecConfig } from '@keyturn/core/exec';
import { do_not_optimize as consume } from 'mitata';

/** Something so short that it is timed by the thousand. */
export interface Subject {
  readonly name: string;
  /** How often one call does what is timed. Default 1. */
  readonly times?: number;
  /** Returns the call to time. It consumes its own result, unless that is a promise: those are awaited. */
  make(): Promise<() => unknown>;
}

const manager = async (): Promise<CredentialManager> => {
  const load = async () => ({ token: 'bench', expiresAt: Date.now() + 3_600_000 });
  const made = createCredentialManager({ source: { name: 'bench', load } });
  await made.current();
  return made;
};

const execConfig: ExecConfig = {
  command: 'never-run',
  args: ['eks', 'get-token', '--cluster-name', 'bench'],
  env: [{ name: 'AWS_PROFILE', value: 'bench' }],
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
};

/** What the machine takes for the least that could be done. */
export const floors: readonly Subject[] = [
  { name: 'an empty call', make: async () => () => {} },
  {
    name: 'a property read',
    make: async () => {
      const held = { token: 'bench' };
      return () => consume(held.token);
    },
  },
  { name: 'Date.now()', make: async () => () => consume(Date.now()) },
  {
    name: 'await undefined',
    times: 100,
    make: async () => async () => {
      for (let time = 0; time < 100; time += 1) await undefined;
    },
  },
];

export const lookups: readonly Subject[] = [
  {
    name: 'peek()',
    make: async () => {
      const held = await manager();
      return () => consume(held.peek());
    },
  },
  {
    // The same by other means: had the calls above been optimised away, this one could not be.
    name: 'peek(), in a loop whose sum is used',
    times: 100,
    make: async () => {
      const held = await manager();
      return () => {
        let sum = 0;
        for (let time = 0; time < 100; time += 1) sum += held.peek()?.generation ?? 0;
        consume(sum);
      };
    },
  },
  {
    name: 'await current()',
    make: async () => {
      const held = await manager();
      return () => held.current();
    },
  },
  {
    name: 'stats()',
    make: async () => {
      const held = await manager();
      return () => consume(held.stats());
    },
  },
  {
    name: 'registry.acquire() of a known config',
    make: async () => {
      const registry = createCredentialRegistry();
      registry.acquire(execConfig);
      return () => consume(registry.acquire(execConfig));
    },
  },
];
