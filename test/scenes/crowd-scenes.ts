import { expect, it } from 'vitest';
import { hourMs, setStage } from './stage.js';
import type { Subject } from './subject.js';

export function crowdScenes<Client>(subject: Subject<Client>): void {
  it('shares one load between 1,000 first requests, and one more when the credential expires', async () => {
    const { clock, source, sendMany } = await setStage(subject, { server: { plainHttp: true } });
    source.change = () => ({ expiresAt: clock.now() + hourMs });
    expect(await sendMany(1_000)).toEqual({ 200: 1_000 });
    expect(source.runs).toBe(1);
    await clock.advance(hourMs);
    expect(await sendMany(1_000)).toEqual({ 200: 1_000 });
    expect(source.runs).toBe(2);
  });

  it('shares one load between 500 simultaneous refusals, and no caller sees one', async () => {
    let accepted = 'token-1';
    const { source, sendMany, send } = await setStage(subject, {
      server: { plainHttp: true, authorize: ({ token }) => token === accepted },
    });
    await send('/first');
    accepted = 'token-2';
    expect(await sendMany(500)).toEqual({ 200: 500 });
    expect(source.runs).toBe(2);
  });
}
