import { answer, goodOutput, type Trial } from './trial.js';

function token(name: string, value: unknown, core = false): Trial {
  return { name: `token: ${name}`, output: answer({ token: value }), core };
}

/** A token written into the JSON text as it is. */
function written(name: string, text: string | Buffer): Trial {
  const [before = '', after = ''] = goodOutput.split('a-token');
  return {
    name: `token: ${name}`,
    output: Buffer.concat([Buffer.from(before), Buffer.from(text), Buffer.from(after)]),
  };
}

function expiry(text: unknown, core = false): Trial {
  const output = answer({ token: 'a-token', expirationTimestamp: text });
  return { name: `expiry: ${JSON.stringify(text)}`, output, core };
}

/** What a token can be. */
export const tokenOutputs: readonly Trial[] = [
  token('null', null),
  token('empty', '', true),
  token('a number', 123),
  token('a space inside', 'a token'),
  token('a space before', ' a-token'),
  token('a space after', 'a-token '),
  token('spaces only', '  '),
  token('a tab inside', 'a\ttoken'),
  token('a line break after', 'a-token\n', true),
  token('a line break inside', 'a\ntoken'),
  token('a carriage return', 'a-token\r\n'),
  token('a NUL', 'a\0token'),
  token('a delete', 'a\u007ftoken'),
  token('a letter of Latin-1', 'caf\u00e9'),
  token('a control character of Latin-1', 'a\u0085token'),
  token('a letter beyond Latin-1', 't\u014dken'),
  token('an emoji', 'key \ud83d\udd11'),
  written('a lone surrogate', 'a\\ud800token'),
  written('invalid UTF-8', Buffer.from([0x61, 0xff, 0x62])),
  written('overlong UTF-8', Buffer.from([0x61, 0xc0, 0xaf, 0x62])),
  written('a raw line break', 'a\ntoken'),
  written('a raw tab', 'a\ttoken'),
  written('an unknown escape', 'a\\qtoken'),
  written('an escaped slash', 'a\\/token'),
  token('10 kB', 'x'.repeat(10_000)),
  token('"Bearer" before it', 'Bearer a-token'),
];

/** What an expiry can be. */
export const expiryOutputs: readonly Trial[] = [
  expiry('2099-01-02T15:04:05Z', true),
  expiry('2099-01-02T15:04:05.123456789Z'),
  expiry('2099-01-02T15:04:05,5Z'),
  expiry('2099-01-02T15:04:05.Z'),
  expiry('2099-01-02T15:04:05+05:30'),
  expiry('2099-01-02T15:04:05+24:00'),
  expiry('2099-01-02T15:04:05+25:00'),
  expiry('2099-01-02T15:04:05+00:60'),
  expiry('2099-01-02T15:04:05+0530'),
  expiry('9999-12-31T23:59:59Z'),
  expiry('0001-01-01T00:00:00Z'),
  expiry('0000-01-01T00:00:00Z'),
  expiry('2006-01-02T15:04:05Z', true),
  expiry(null),
  expiry('', true),
  expiry('2099-01-02T15:04:05'),
  expiry('2099-01-02'),
  expiry('2099-01-02 15:04:05Z'),
  expiry('2099-01-02t15:04:05Z'),
  expiry('2099-01-02T15:04:05z'),
  expiry('2099-01-02T15:04:05Z\n'),
  expiry('2099-01-2T15:04:05Z'),
  expiry('2099-01-02T5:04:05Z'),
  expiry('2099-01-02T15:04:5Z'),
  expiry('2099-01-02T24:00:00Z'),
  expiry('2099-01-02T15:04:60Z'),
  expiry('2099-02-29T15:04:05Z'),
  expiry('2096-02-29T15:04:05Z'),
  expiry('2099-04-31T15:04:05Z'),
  expiry(4_070_908_800),
];
