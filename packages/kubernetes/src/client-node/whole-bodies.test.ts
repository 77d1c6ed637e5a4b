import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { wholeBodies } from './whole-bodies.js';

const request = (length: string | undefined, body: unknown) => ({
  headers: { accept: '*/*', ...(length !== undefined && { 'Content-Length': length }) },
  body,
});

describe('wholeBodies', () => {
  it('makes whole what fetch hands over as a stream', async () => {
    const dispatch = vi.fn(() => true);
    const body = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    expect(wholeBodies(dispatch)(request('4194304', body), {})).toBe(true);
    await vi.waitFor(() => expect(dispatch).toHaveBeenCalledOnce());
    expect(dispatch).toHaveBeenCalledWith(request('4194304', Buffer.from('ab')), {});
  });

  it.each([
    ['what is longer than 4 MiB', '4194305'],
    ['what has no length that is known', undefined],
    ['what has a length that is none', 'x'],
  ])('leaves %s a stream', (_, length) => {
    const dispatch = vi.fn(() => false);
    const given = request(length, Readable.from([Buffer.from('a')]));
    expect(wholeBodies(dispatch)(given, {})).toBe(false);
    expect(dispatch).toHaveBeenCalledWith(given, {});
  });

  it('fails a request with what its body fails with, and sends nothing', async () => {
    const [dispatch, onResponseError] = [vi.fn(() => true), vi.fn()];
    const failure = new Error('the disk is gone');
    const body = new Readable({ read: () => body.destroy(failure) });
    wholeBodies(dispatch)(request('3', body), { onResponseError });
    await vi.waitFor(() => expect(onResponseError).toHaveBeenCalledWith(undefined, failure));
    expect(dispatch).not.toHaveBeenCalled();
  });
});
