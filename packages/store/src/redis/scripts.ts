import { createHash } from 'node:crypto';

/** A program that the server runs whole, or not at all, with one key. */
export interface Script {
  readonly text: string;
  /** By which the server knows it once it has run. */
  readonly sha: string;
}

// Both are far longer than any load, and shorter than for ever: what nobody writes to any more goes.
const weekMs = 7 * 24 * 3_600_000;

const clock = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** KEYS[1] is a hash: version, value and at of the record; fence and until of the lease. Times are those of the server. */
export const scripts: Readonly<
  Record<'read' | 'lease' | 'renew' | 'write' | 'release' | 'delete', Script>
> = {
  read: script(`${clock}
local r = redis.call('HMGET', KEYS[1], 'version', 'at', 'value')
if not r[1] then return {} end
return { r[1], now - r[2], r[3] or '', r[3] and 1 or 0 }`),

  // A client that has lost the answer may ask once more: it has the lease by then.
  lease: script(`${clock}
local held = redis.call('HMGET', KEYS[1], 'fence', 'until')
if held[1] == ARGV[1] then return 1 end
if held[1] and now < tonumber(held[2]) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'until', now + ARGV[2])
if redis.call('HEXISTS', KEYS[1], 'value') == 0 then redis.call('PEXPIRE', KEYS[1], ${weekMs}) end
return held[1] and 2 or 1`),

  renew: script(`${clock}
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
return 1`),

  write: script(`${clock}
if redis.call('HGET', KEYS[1], 'version') == ARGV[1] then return 1 end
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'at', now, 'value', ARGV[2])
redis.call('HDEL', KEYS[1], 'fence', 'until')
redis.call('PERSIST', KEYS[1])
return 1`),

  release: script(`if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'fence', 'until')`),

  delete: script(`${clock}
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'at', now)
redis.call('HDEL', KEYS[1], 'value', 'fence', 'until')
return redis.call('PEXPIRE', KEYS[1], ${weekMs})`),
};

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}
