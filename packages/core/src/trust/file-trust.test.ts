/** Authorities that somebody else renews, on a real file system. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileTrust } from '@keyturn/core';
import { createTestAuthority, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const [one, two] = (
  await Promise.all([
    createTestAuthority({ commonName: 'one' }),
    createTestAuthority({ commonName: 'two' }),
  ])
).map(({ certificate }) => certificate) as [string, string];
const cut = (pem: string): string => pem.replace(/\n.{30}/, '\n');

function newFile(text?: string): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'keyturn-trust-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'ca.crt');
  if (text !== undefined) write(path, text);
  return path;
}

/** Writes, some time ago: what was written just now is not taken yet. */
function write(path: string, text: string): void {
  fs.writeFileSync(path, text);
  const before = new Date(Date.now() - 60_000);
  fs.utimesSync(path, before, before);
}

/** Writes, as somebody whose clock is ahead: so it looks as if it were being written, for as long as a test takes. */
function writeAhead(path: string, text: string): void {
  fs.writeFileSync(path, text);
  const later = new Date(Date.now() + 3_600_000);
  fs.utimesSync(path, later, later);
}

/** A trust that has read its file, and a way to the next look. */
function trusting(path: string | string[], pollMs?: number) {
  const clock = manualClock();
  const trust = fileTrust(path, { clock, pollMs });
  const look = async () => {
    await clock.advance(10_000);
    return trust.peek();
  };
  return { clock, trust, look, first: trust.peek() };
}

/** What is published while the test runs. */
function messages(): unknown[] {
  const heard: unknown[] = [];
  const hear = (message: unknown): unknown => heard.push(message);
  subscribe('keyturn:trust', hear);
  onTestFinished(() => void unsubscribe('keyturn:trust', hear));
  return heard;
}

describe('a file of authorities', () => {
  it('is read when somebody asks, and not before', () => {
    const path = newFile();
    const trust = fileTrust(path);
    write(path, one);
    expect(trust.peek()).toEqual({ generation: 1, pem: one });
  });

  it('is looked at again when somebody asks and ten seconds have passed, and not before', async () => {
    const path = newFile(one);
    const { clock, trust, first } = trusting(path);
    write(path, two);
    await clock.advance(9_999);
    expect(trust.peek()).toBe(first);
    await clock.advance(1);
    expect(trust.peek()).toEqual({ generation: 2, pem: two });
  });

  it('is left alone in between', () => {
    const { trust } = trusting(newFile(one));
    const stat = vi.spyOn(fs, 'statSync');
    onTestFinished(() => stat.mockRestore());
    for (let request = 0; request < 1_000; request += 1) trust.peek();
    expect(stat).not.toHaveBeenCalled();
  });

  it('is looked at again after "pollMs", wherever the clock jumps', async () => {
    const path = newFile(one);
    const { clock, trust } = trusting(path, 500);
    write(path, two);
    clock.jump(-3_600_000);
    expect(trust.peek().pem).toBe(two);
  });

  it('that was written with the same text makes no new generation', async () => {
    const path = newFile(one);
    const { look, first } = trusting(path);
    fs.rmSync(path);
    write(path, one);
    expect(await look()).toBe(first);
  });

  it('may be one of several, and is trusted beside the others', async () => {
    const paths = [newFile(one), newFile(two)];
    const { look, first } = trusting(paths);
    expect(first.pem).toBe(`${one}\n${two}`);
    write(paths[0] as string, two);
    expect(await look()).toEqual({ generation: 2, pem: `${two}\n${two}` });
    write(paths[1] as string, one);
    expect(await look()).toEqual({ generation: 3, pem: `${two}\n${one}` });
  });

  it('may be a link that is swapped', async () => {
    const [before, after] = [newFile(one), newFile(two)];
    const path = newFile();
    fs.symlinkSync(before, path);
    const { look } = trusting(path);
    fs.symlinkSync(after, `${path}-new`);
    fs.renameSync(`${path}-new`, path);
    expect((await look()).pem).toBe(two);
  });

  it('tells of its renewal', async () => {
    const path = newFile(one);
    const heard = messages();
    const { look } = trusting(path);
    write(path, two);
    await look();
    const trust = `authorities in ${path}`;
    expect(heard).toEqual([{ trust, outcome: 'renewed', generation: 2 }]);
  });
});

describe('a file that is being written', () => {
  it('is taken at once where there is nothing yet', () => {
    const path = newFile();
    fs.writeFileSync(path, one);
    expect(fileTrust(path).peek().pem).toBe(one);
  });

  it('is left for a look that comes soon, and nobody is told', async () => {
    const path = newFile(one);
    const { clock, trust, look, first } = trusting(path);
    const heard = messages();
    writeAhead(path, two);
    expect(await look()).toBe(first);
    write(path, two);
    await clock.advance(30);
    expect(trust.peek().pem).toBe(two);
    expect(heard).toMatchObject([{ outcome: 'renewed' }]);
  });

  it('is left where it changes while it is read', async () => {
    const path = newFile(one);
    const { look, first } = trusting(path);
    write(path, two);
    const read = vi.spyOn(fs, 'readFileSync').mockImplementationOnce(() => {
      write(path, `${one}${two}`);
      return two;
    });
    onTestFinished(() => read.mockRestore());
    expect(await look()).toBe(first);
    expect((await look()).pem).toBe(`${one}${two}`);
  });

  it('is left no longer than a write takes, although its time lies ahead', async () => {
    const path = newFile(one);
    const { clock, trust, look, first } = trusting(path);
    writeAhead(path, two);
    expect(await look()).toBe(first);
    await clock.advance(30);
    expect(trust.peek()).toBe(first);
    for (let looks = 0; looks < 5; looks += 1) {
      await clock.advance(30);
      trust.peek();
    }
    expect(trust.peek().pem).toBe(two);
  });
});

describe('a file that cannot be used', () => {
  const broken: Record<string, [text: string | undefined, code: string, said: string]> = {
    'is gone': [undefined, 'ERR_TRUST_READ', 'cannot be read: it does not exist'],
    'is empty': ['', 'ERR_TRUST_AUTHORITY', 'is empty'],
    'is a private key': [
      '-----BEGIN PRIVATE KEY-----\n',
      'ERR_TRUST_AUTHORITY',
      'it is a private key',
    ],
    'has one bad block among good ones': [
      `${one}${cut(two)}${two}`,
      'ERR_TRUST_AUTHORITY',
      'its certificate no. 2 is cut or damaged',
    ],
    'is cut in its last block': [
      `${one}${two.slice(0, 200)}`,
      'ERR_TRUST_AUTHORITY',
      'its certificate no. 2 is cut or damaged',
    ],
    'is no text': [`\0\x01${'\0'.repeat(90)}`, 'ERR_TRUST_AUTHORITY', 'binary data'],
    'is too large': ['x'.repeat(1_048_577), 'ERR_TRUST_READ', 'more than a megabyte'],
  };

  it.each(Object.entries(broken))(
    'because it %s leaves the old one in force, and is told of once',
    async (_, [text, code, said]) => {
      const path = newFile(one);
      const heard = messages();
      const { look, first } = trusting(path);
      if (text === undefined) fs.rmSync(path);
      else write(path, text);
      expect(await look()).toBe(first);
      expect(await look()).toBe(first);
      const message = expect.stringMatching(`^File "${path}" .*${said}`);
      const trust = `authorities in ${path}`;
      expect(heard).toEqual([{ trust, outcome: 'kept', generation: 1, code, message }]);
    },
  );

  it.each(Object.entries(broken))(
    'because it %s fails whoever asks first, and no later one',
    (_, [text, code, said]) => {
      const path = newFile(text);
      const trust = fileTrust(path);
      const message = expect.stringMatching(`^File "${path}" .*${said}`);
      expect(() => trust.peek()).toThrow(expect.objectContaining({ code, message }));
      write(path, one);
      expect(trust.peek().generation).toBe(1);
    },
  );

  it('is taken as soon as it can be used', async () => {
    const path = newFile(one);
    const { look } = trusting(path);
    write(path, cut(two));
    await look();
    write(path, two);
    expect(await look()).toEqual({ generation: 2, pem: two });
  });

  it('is told of again where it was good in between', async () => {
    const path = newFile(one);
    const heard = messages();
    const { look } = trusting(path);
    for (const text of ['', one, '']) {
      write(path, text);
      await look();
    }
    expect(heard).toMatchObject([{ outcome: 'kept' }, { outcome: 'kept' }]);
  });

  it('because a directory stands there names what it is', () => {
    const trust = fileTrust(tmpdir());
    expect(() => trust.peek()).toThrow('is not a file. Give the path of one');
  });
});

describe('a server that cannot be verified', () => {
  it('makes the file be read at once', async () => {
    const path = newFile(one);
    const { trust } = trusting(path);
    write(path, two);
    await trust.refresh?.();
    expect(trust.peek().pem).toBe(two);
  });

  it('makes what is written right now be waited for', async () => {
    const path = newFile(one);
    const { trust } = trusting(path);
    fs.writeFileSync(path, two.slice(0, 200));
    const refreshed = trust.refresh?.();
    setImmediate(() => fs.writeFileSync(path, two));
    await refreshed;
    expect(trust.peek().pem).toBe(two);
  });

  it('makes one look for all who ask at a time', async () => {
    const { trust } = trusting(newFile(one));
    const stat = vi.spyOn(fs, 'statSync');
    onTestFinished(() => stat.mockRestore());
    await Promise.all(Array.from({ length: 50 }, () => trust.refresh?.()));
    expect(stat).toHaveBeenCalledTimes(1);
  });

  it('takes nothing away where the file is gone, and tells of it', async () => {
    const path = newFile(one);
    const { trust, first } = trusting(path);
    const heard = messages();
    fs.rmSync(path);
    await trust.refresh?.();
    expect(trust.peek()).toBe(first);
    expect(heard).toMatchObject([{ outcome: 'kept', generation: 1, code: 'ERR_TRUST_READ' }]);
  });

  it('says what is wrong where there is nothing yet', async () => {
    await expect(fileTrust(newFile()).refresh?.()).rejects.toMatchObject({
      code: 'ERR_TRUST_READ',
    });
  });
});

describe('fileTrust', () => {
  it.each([
    [undefined, 'not undefined'],
    ['', 'not an empty string'],
    [[], 'not an empty list'],
    [['a', ''], 'not an empty string'],
    [['a', undefined], 'not undefined'],
    [7, 'not 7'],
    [['a', '-----BEGIN CERTIFICATE-----\nMIIB'], 'not PEM text'],
  ])('refuses %j as a path', (path, said) => {
    expect(() => fileTrust(path as never)).toThrow(said);
  });

  it('refuses an option that it has not, and times that are none', () => {
    expect(() => fileTrust('ca.crt', { poll: 1 } as never)).toThrow('has no option "poll"');
    expect(() => fileTrust('ca.crt', { pollMs: 0 })).toThrow('must be a number of at least 1');
  });

  it('takes what was in its list when it was made', () => {
    const paths = [newFile(one)];
    const trust = fileTrust(paths);
    paths[0] = 'elsewhere';
    expect(trust.peek().pem).toBe(one);
  });
});
