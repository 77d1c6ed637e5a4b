/**
 * Refusals, GOAWAY, broken connections, aborts and rotations in an order that chance has chosen: whoever asks gets an answer or an
 * error. The number of a schedule is its seed. `npm run test:schedules` plays sixty, by chance.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { createCredentialManager } from '@keyturn/core';
import { originScope } from '@keyturn/core/binding';
import {
  type Http2ApiServer,
  type Http2ApiServerOptions,
  seededRandom,
  startHttp2ApiServer,
} from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CredentialAgent } from '../agent/credential-agent.js';
import { Http2AgentPool } from './http2-agent-pool.js';
import type { Http2Place } from './http2-place.js';
import { Http2Sessions } from './http2-sessions.js';

/** How many; undefined: the one that always is the same. */
const count = process.env['KEYTURN_SCHEDULES'];
const first = count === undefined ? 1 : randomInt(1_000_000);
const seeds = Array.from({ length: Number(count ?? 1) }, (_, index) => first + index);
const stepsEach = count === undefined ? 80 : 200;
/** Far longer than the two pings that find a dead connection. */
const limitMs = 30_000;

/** What a schedule is played with. */
interface Actor {
  take(signal: AbortSignal): Http2Place | Promise<Http2Place>;
  /** Another certificate takes the place of the present one. */
  rotate(): Promise<unknown>;
  /** Ends all that is under way, as `drainTimeoutMs` does. */
  cut(): void;
  /** Takes no more; resolves when nothing is left. */
  end(): Promise<void>;
}

type MakeActor = (server: Http2ApiServer) => Actor;

const sessions: MakeActor = ({ url, ca }) => {
  const open = new Set<Http2Sessions>();
  const make = (): Http2Sessions => {
    const made: Http2Sessions = new Http2Sessions({
      origin: url,
      connection: () => ({ ca }),
      onEmpty: () => open.delete(made),
    });
    return made;
  };
  let current = make();
  return {
    take: (signal) => {
      open.add(current);
      return current.takePlace(signal);
    },
    rotate: async () => {
      current.close();
      current = make();
    },
    cut: () => current.cut(new Error('cut')),
    end: async () => {
      current.close();
      while (open.size > 0) await wait(5);
    },
  };
};

class CountingAgent extends CredentialAgent {
  readonly open: Set<unknown> = new Set();

  override createConnection(
    ...given: Parameters<CredentialAgent['createConnection']>
  ): ReturnType<CredentialAgent['createConnection']> {
    const socket = super.createConnection(...given);
    this.open.add(socket);
    socket?.once('close', () => this.open.delete(socket));
    return socket;
  }
}

const pool: MakeActor = ({ url, ca, authority }) => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return {
      clientCertificate: await authority.issueClientCertificate({ commonName: `c${loads}` }),
    };
  };
  const manager = createCredentialManager({ source: { name: 'numbered', load } });
  const settings = { origins: [url], tls: { ca } };
  const agent = new CountingAgent(manager, settings);
  const scope = originScope(settings);
  const made = new Http2AgentPool({ manager, agent, scope, drainTimeoutMs: 20 });
  return {
    take: async (signal) => {
      await manager.current();
      return made.takePlace(new URL(url), {}, signal);
    },
    rotate: () => manager.refresh(),
    cut: () => {},
    end: async () => {
      made.close();
      await manager.close();
      while (agent.open.size > 0) await wait(5);
      agent.destroy();
    },
  };
};

/** Takes a place, opens a stream, and leaves at any moment; resolves with how it ended. */
async function ask(actor: Actor, random: () => number): Promise<string> {
  const abort = new AbortController();
  const leave = random() < 0.25 ? Math.floor(random() * 12) : undefined;
  if (leave !== undefined) void afterTurns(leave).then(() => abort.abort(new Error('left')));
  let place: Http2Place;
  try {
    place = await actor.take(abort.signal);
  } catch {
    return 'without a place';
  }
  if (random() < 0.05 || abort.signal.aborted) {
    place.release();
    return 'released';
  }
  const [size, token] = [random() * 40_000, random() < 0.9 ? 'good' : 'bad'];
  try {
    const stream = place.open({ ':method': 'POST', authorization: `Bearer ${token}` }, {});
    abort.signal.addEventListener('abort', () => stream.close(8));
    let outcome = 'ended';
    stream.on('error', () => {
      outcome = 'failed';
    });
    stream.on('response', ({ ':status': status }) => {
      outcome = String(status);
    });
    stream.resume().end(Buffer.alloc(size));
    if (!stream.closed || !stream.destroyed) await once(stream, 'close').catch(() => {});
    return outcome;
  } catch {
    return 'not opened';
  }
}

async function afterTurns(turns: number): Promise<void> {
  for (let left = turns; left > 0; left -= 1) await turn();
}

/** Plays one schedule; resolves with how many requests ended in which way, those that never did among them. */
async function play(actor: Actor, seed: number): Promise<Record<string, number>> {
  const random = seededRandom(seed);
  const outcomes: Record<string, number> = {};
  const asked: Promise<unknown>[] = [];
  let pending = 0;
  for (let step = 0; step < stepsEach; step += 1) {
    const chance = random();
    if (chance < 0.04) await actor.rotate();
    else if (chance < 0.06) actor.cut();
    else {
      pending += 1;
      asked.push(
        ask(actor, random).then((outcome) => {
          pending -= 1;
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        }),
      );
    }
    if (random() < 0.3) await afterTurns(Math.floor(random() * 20));
    if (random() < 0.03) await Promise.race([Promise.all(asked), wait(20)]);
  }
  await Promise.race([Promise.all(asked), wait(limitMs, undefined, { ref: false })]);
  return { ...outcomes, pending };
}

const manners: Readonly<Record<string, Http2ApiServerOptions>> = {
  'says GOAWAY and refuses streams': { goawayChance: 0.08, refusedStreamChance: 0.08 },
  'takes few streams and breaks off': {
    maxConcurrentStreams: 5,
    cutChance: 0.03,
    goawayChance: 0.02,
  },
};

const actors: readonly (readonly [string, MakeActor])[] = [
  ['Http2Sessions', sessions],
  ['Http2AgentPool, with one Http2SessionPool after the other,', pool],
];

describe.each(Object.entries(manners))('against a server that %s', (_, manner) => {
  let server: Http2ApiServer;
  const given = { ...process.env };
  beforeAll(async () => {
    process.env['HTTP2_READ_IDLE_TIMEOUT_SECONDS'] = '1';
    process.env['HTTP2_PING_TIMEOUT_SECONDS'] = '2';
    server = await startHttp2ApiServer({ ...manner, tokens: ['good'], seed: first });
  });
  afterAll(async () => {
    for (const name of ['HTTP2_READ_IDLE_TIMEOUT_SECONDS', 'HTTP2_PING_TIMEOUT_SECONDS']) {
      if (given[name] === undefined) delete process.env[name];
      else process.env[name] = given[name];
    }
    await server.close();
  });

  describe.each(actors)('%s', (__, make) => {
    it.each(seeds)(
      'settles every request of schedule %i, and leaves nothing behind',
      async (seed) => {
        const actor = make(server);
        const { pending, ...outcomes } = await play(actor, seed);
        expect(pending).toBe(0);
        // Or the schedule has shown nothing.
        expect(outcomes['200']).toBeGreaterThan(0);
        await actor.end();
      },
    );
  });
});
