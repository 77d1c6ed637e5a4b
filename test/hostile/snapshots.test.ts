/**
 * What a caller changes × when × in which client: the server is sent what was judged, byte by byte, and nobody else is sent
 * anything. `hostile-client.ts` says what a column is made of.
 */
import { createCredentialManager } from '@keyturn/core';
import { controlledSource, createTestAuthority } from '@keyturn/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { hostileClients } from './clients.js';
import { type Change, isJudged } from './hostile-client.js';
import { type HostileServer, type Seen, startHostileServer } from './hostile-server.js';
import { describeSeen, firstToken, type Moment, moments } from './moments.js';
import { printTable } from './print-table.js';

const authority = createTestAuthority();
const cells = new Map<string, string>();

describe.each(hostileClients)('$name sends what was judged', ({ name, changes, replays }) => {
  const played = moments.filter(({ needsReplay }) => replays || !needsReplay);
  const calls = changes.flatMap((change) => played.map((moment) => ({ change, moment })));
  it.each(calls)(
    'although the caller changes: $change.what, $moment.name',
    async ({ change, moment }) => {
      const seen = await play(change, moment);
      cells.set(`${name}: ${change.what}, ${moment.name}`, seen);
      expect(seen).toBe(change.outcome ?? 'judged');
    },
  );
});

afterAll(() => {
  const rows = hostileClients.flatMap(({ name, changes }) =>
    changes.map(({ what }): [string, ...string[]] => [
      `${name}: ${what}`,
      ...moments.map((moment) => cells.get(`${name}: ${what}, ${moment.name}`) ?? '-'),
    ]),
  );
  const names = moments.map(({ name }) => name);
  printTable('what the caller changes', names, rows);
});

/** Returns "judged", or what else the servers were sent. */
async function play({ call }: Change, moment: Moment): Promise<string> {
  let beforeRefusal: (() => void) | undefined;
  await using good = await startHostileServer({
    authority: await authority,
    accepts: ({ token }) => {
      if (beforeRefusal === undefined || token !== firstToken) return true;
      beforeRefusal();
      return false;
    },
  });
  await using evil = await startHostileServer({ authority: await authority });
  const source = controlledSource();
  await using manager = createCredentialManager({ source });
  const { certificate: ca } = await authority;
  const { answer, change, close } = call(manager, { good: good.origin, evil: evil.origin, ca });
  const outcome = answer.then(
    () => '',
    (error: Error & { readonly code?: string }) => `failed: ${error.code}: ${error.message}`,
  );
  const refuseFirst = (before = () => {}): void => {
    beforeRefusal = before;
  };
  // A client that does not come to the moment settles before.
  await Promise.race([moment.play({ source, refuseFirst }, change), outcome]);
  const failure = await outcome;
  close();
  return verdict(good, evil, failure, moment);
}

function verdict(
  good: HostileServer,
  evil: HostileServer,
  failure: string,
  { sendings }: Moment,
): string {
  if (evil.seen.some(isKnown)) return `elsewhere: ${evil.seen.map(describeSeen).join('; ')}`;
  const [wrong] = good.seen.filter((seen) => !isJudged(seen));
  if (wrong !== undefined) return `changed: ${describeSeen(wrong)}`;
  if (/ERR_ORIGIN_CHANGED/.test(failure)) return 'refused';
  if (failure) return failure;
  if (evil.seen.length > 0) return 'anonymous';
  return good.seen.length === sendings ? 'judged' : `sent ${good.seen.length} times`;
}

function isKnown({ token, hasCertificate }: Seen): boolean {
  return token !== undefined || hasCertificate;
}
