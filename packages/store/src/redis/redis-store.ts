import { randomUUID } from 'node:crypto';
import {
  CredentialError,
  type CredentialStore,
  isCredentialError,
  type StoredRecord,
  type StoreLease,
} from '@keyturn/core';
import { knownOptions, quoted, snapshot } from '@keyturn/core/binding';
import { type EncryptionKey, Seal } from '../sealed/seal.js';
import { type Script, scripts } from './scripts.js';

/**
 * Sends one command, and resolves with the reply. Each part is a string, the name of the command first; the key of a cluster is the
 * fourth.
 */
export type RedisCommand = (...parts: string[]) => Promise<unknown>;

export interface RedisStoreOptions {
  /** Your client: `(...parts) => client.sendCommand(parts)` for node-redis, `(...parts) => client.call(...parts)` for ioredis and iovalkey. */
  readonly command: RedisCommand;
  /** What records are encrypted with, AES-256-GCM. The first key encrypts, each of them decrypts: a new one is put before the old. */
  readonly encryptionKeys?: readonly EncryptionKey[] | undefined;
  /** Leaves records unencrypted: whoever reads the server, its backups or its replicas has the credentials. Default false. */
  readonly plaintext?: boolean | undefined;
  /** Stands before each key. Default `keyturn:`. */
  readonly prefix?: string | undefined;
}

/**
 * Makes a store of a server that speaks the protocol of Redis 6 and later, or Valkey, for processes on many machines.
 *
 * Each method is one script and one round trip; leases are judged by the clock of the server. What is kept is encrypted, with the name of
 * its key as associated data, so that a value cannot be moved to another key. A server that is flushed, evicts, or fails over to a
 * replica that has not heard of the last write can forget a record: what becomes of that, `onStoreFailure` says.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function redisStore(options: RedisStoreOptions): CredentialStore {
  knownOptions('redisStore', options, ['command', 'encryptionKeys', 'plaintext', 'prefix']);
  const { command, encryptionKeys, plaintext = false, prefix = 'keyturn:' } = snapshot(options);
  if (typeof command !== 'function') {
    throw new TypeError(
      'Option "command" of redisStore must be a function that sends a command, such as "(...parts) => client.sendCommand(parts)".',
    );
  }
  if (typeof prefix !== 'string')
    throw new TypeError('Option "prefix" of redisStore must be text.');
  return new RedisStore(command, prefix, sealOf(encryptionKeys, plaintext));
}

function sealOf(keys: readonly EncryptionKey[] | undefined, plaintext: unknown): Seal | undefined {
  if (plaintext === true && keys === undefined) return undefined;
  if (plaintext === false && keys !== undefined) return new Seal(keys);
  throw new TypeError(
    'redisStore takes either "encryptionKeys", or "plaintext: true" where whoever reads the server may have the credentials.',
  );
}

class RedisStore implements CredentialStore {
  readonly name: string;
  readonly mayForget = true;
  readonly #command: RedisCommand;
  readonly #prefix: string;
  readonly #seal: Seal | undefined;

  constructor(command: RedisCommand, prefix: string, seal: Seal | undefined) {
    this.name = `Redis below ${prefix}`;
    this.#command = command;
    this.#prefix = prefix;
    this.#seal = seal;
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    const reply = await this.#run(scripts.read, key);
    if (!Array.isArray(reply)) throw this.#noReply();
    const [version, ageMs, value, hasValue] = reply;
    if (version === undefined || version === null) return undefined;
    return {
      version: String(version),
      ageMs: Math.max(0, Number(ageMs)),
      value: Number(hasValue) === 1 ? this.#open(String(value), key) : undefined,
    };
  }

  async lease(key: string, leaseMs: number): Promise<StoreLease | undefined> {
    const fence = randomUUID();
    const given = await this.#count(scripts.lease, key, fence, String(Math.round(leaseMs)));
    return given === 0 ? undefined : { fence, isTakeover: given === 2 };
  }

  async renew(key: string, fence: string, leaseMs: number): Promise<boolean> {
    return (await this.#count(scripts.renew, key, fence, String(Math.round(leaseMs)))) === 1;
  }

  async write(key: string, fence: string, value: string): Promise<boolean> {
    const sealed = this.#seal === undefined ? value : this.#seal.seal(value, this.#nameOf(key));
    return (await this.#count(scripts.write, key, fence, sealed)) === 1;
  }

  async release(key: string, fence: string): Promise<void> {
    await this.#count(scripts.release, key, fence);
  }

  async delete(key: string): Promise<void> {
    await this.#count(scripts.delete, key, randomUUID());
  }

  #open(value: string, key: string): string {
    return this.#seal === undefined ? value : this.#seal.open(value, this.#nameOf(key));
  }

  #nameOf(key: string): string {
    return `${this.#prefix}${key}`;
  }

  /** Runs a script that answers with a number: some clients give it as text, or as a bigint. */
  async #count(script: Script, key: string, ...args: string[]): Promise<number> {
    const reply = await this.#run(script, key, ...args);
    if (!/^\d+$/.test(String(reply))) throw this.#noReply();
    return Number(reply);
  }

  #noReply(): CredentialError {
    return new CredentialError(
      'ERR_STORE_FAILED',
      `Store ${quoted(this.name)} was given something that its server does not answer. Have "command" return what the client gives.`,
    );
  }

  /**
   * The server knows a script by its hash once it has run it, and forgets it when it restarts. In lower case: iovalkey finds
   * the key in no other spelling, and asks any server of a cluster first.
   */
  async #run({ sha, text }: Script, key: string, ...args: string[]): Promise<unknown> {
    const rest = ['1', this.#nameOf(key), ...args];
    try {
      return await this.#command('evalsha', sha, ...rest);
    } catch (error) {
      if (prefixOf(error) !== 'NOSCRIPT') throw this.#failure(error);
    }
    try {
      return await this.#command('eval', text, ...rest);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    if (isCredentialError(error)) return error;
    const prefix = prefixOf(error);
    if (prefix === undefined) return error;
    return new CredentialError(
      'ERR_STORE_FAILED',
      `Store ${quoted(this.name)} was refused by its server with ${prefix}${meanings[prefix] ?? ''}.`,
      { original: error },
    );
  }
}

const meanings: Readonly<Record<string, string>> = {
  OOM: ': it is full',
  READONLY: ': it is a replica',
  MASTERDOWN: ': it is a replica without its master',
  LOADING: ': it is starting',
  CLUSTERDOWN: ': the cluster has no master for this key',
  MOVED: ': the key is on another server of the cluster. Give a client for clusters',
  NOAUTH: ': it asks for a password',
  NOPERM: ': the user may not do that. Allow EVAL, EVALSHA, and the commands on hashes',
  WRONGTYPE: ': another program has something else under this key',
  MISCONF: ': it cannot write to its disk',
};

/** The word by which a server names an error. What follows it is the server's, and may quote what it was sent. */
function prefixOf(error: unknown): string | undefined {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? /^[A-Z]{2,20}(?= )/.exec(message)?.[0] : undefined;
}
