import type { ControlledSource } from '@keyturn/testkit';
import type { Seen } from './hostile-server.js';

/** A server and a source that a test holds in its hands. */
export interface Stage {
  readonly source: ControlledSource;
  /** Has the server refuse the first token, and calls `before` as it does. */
  refuseFirst(before?: () => void): void;
}

/** When a caller changes what it holds. */
export interface Moment {
  readonly name: string;
  readonly needsReplay: boolean;
  /** How often the request is sent. */
  readonly sendings: number;
  /** Plays it: `change` is called once, at this moment. */
  play(stage: Stage, change: () => void): Promise<void>;
}

export const firstToken = 'token-1';

export const moments: readonly Moment[] = [
  {
    name: 'first wait',
    needsReplay: false,
    sendings: 1,
    play: async ({ source }, change) => {
      const load = await source.nextLoad();
      change();
      load.succeed({ token: firstToken });
    },
  },
  {
    name: 'as the 401 comes',
    needsReplay: true,
    sendings: 2,
    play: async ({ source, refuseFirst }, change) => {
      refuseFirst(change);
      (await source.nextLoad()).succeed({ token: firstToken });
      (await source.nextLoad()).succeed({ token: 'token-2' });
    },
  },
  {
    name: 'reload behind a 401',
    needsReplay: true,
    sendings: 2,
    play: async ({ source, refuseFirst }, change) => {
      refuseFirst();
      (await source.nextLoad()).succeed({ token: firstToken });
      const load = await source.nextLoad();
      change();
      load.succeed({ token: 'token-2' });
    },
  },
];

/** Says in a word or two what is wrong with what a server was sent; undefined where nothing is. */
export function describeSeen({ path, headers, body, token }: Seen): string {
  return `${token ?? 'no token'} at ${path}, ${headers['x-judged']}, ${JSON.stringify(body)}`;
}
