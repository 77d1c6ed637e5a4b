import { createHash, randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import type { Clock, CredentialStore, StoredRecord, StoreLease } from '@keyturn/core';
import { knownOptions, snapshot } from '@keyturn/core/binding';
import { systemClock } from '@keyturn/core/lifecycle';
import { defaultDirectory } from './default-directory.js';
import { isDead, thisHolder } from './holder.js';
import { type Keyring, KeyringSeal } from './keyring-seal.js';
import { LeaseWatch } from './lease-watch.js';
import { type KeyState, type NextState, StateChain } from './state-chain.js';

export interface FileStoreOptions {
  /**
   * An absolute path. It is made where it is not there, and has to be this user's own, closed to all others. Default: `keyturn/credentials`
   * in XDG_STATE_HOME or `~/.local/state`; on macOS in `~/Library/Application Support`, on Windows in LOCALAPPDATA.
   */
  readonly directory?: string | undefined;
  /**
   * Where the system keeps passwords: an `Entry` or `AsyncEntry` of `@napi-rs/keyring`. Records are then encrypted with a key that is kept
   * there, and made there at the first time. Default: they are not encrypted, and the modes of the files protect them.
   */
  readonly keyring?: Keyring | undefined;
  /** Where time comes from. Default: the system's clock; tests bring a manual one. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes a store of files, for the processes of one user on one machine.
 *
 * Each key has a directory, and in it one file with the record; beside it, while somebody loads, a small one with the lease. Directories
 * have the mode 0700 and files 0600; what is a link, belongs to somebody else or is open to others is refused with ERR_STORE_UNSAFE. The
 * lease of a process that has died on this machine is free at once; that of one which is stopped, or runs elsewhere, when nobody has
 * renewed it for `leaseMs`, by the clock of whoever waits.
 *
 * On a network file system several machines may use it as far as that file system shows each what the others have linked: NFS keeps a
 * list of a directory for seconds, and a record may be that old. Take `redisStore` there.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
 */
export function fileStore(options: FileStoreOptions = {}): CredentialStore {
  knownOptions('fileStore', options, ['directory', 'keyring', 'clock']);
  const { directory = defaultDirectory(), keyring, clock = systemClock } = snapshot(options);
  if (typeof directory !== 'string' || !isAbsolute(directory)) {
    throw new TypeError('Option "directory" of fileStore must be an absolute path.');
  }
  if (keyring !== undefined && !isKeyring(keyring)) {
    throw new TypeError(
      'Option "keyring" of fileStore must be an entry of a keyring, such as "new AsyncEntry(\'my-tool\', \'keyturn\')" of @napi-rs/keyring.',
    );
  }
  return new FileStore(directory, clock, keyring);
}

function isKeyring(value: unknown): value is Keyring {
  const { getPassword, setPassword } = (value ?? {}) as Partial<Keyring>;
  return [getPassword, setPassword].every((method) => typeof method === 'function');
}

// Contention of processes that all take a lease in the same moment: each round has a winner.
const mostRounds = 1_000;

/** What a caller wants of a state: an answer, or an answer once the next state is made. */
interface Decision<Result> {
  readonly result: Result;
  readonly next?: NextState | undefined;
}

class FileStore implements CredentialStore {
  readonly name: string;
  readonly #directory: string;
  readonly #watch: LeaseWatch;
  readonly #seal: KeyringSeal | undefined;

  constructor(directory: string, clock: Clock, keyring: Keyring | undefined) {
    this.name = `files in ${directory}`;
    this.#directory = directory;
    this.#watch = new LeaseWatch(clock);
    this.#seal = keyring && new KeyringSeal(keyring, this);
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    const { record } = await this.#chainOf(key).read();
    if (record === undefined) return undefined;
    const { version, value } = record;
    return { version, value: value === undefined ? undefined : await this.#open(value, key) };
  }

  lease(key: string, leaseMs: number): Promise<StoreLease | undefined> {
    const fence = randomUUID();
    let isTakeover = false;
    return this.#update<StoreLease | undefined>(key, async ({ lease }) => {
      // It was given in the round before, and somebody came so soon after that this did not show.
      if (lease?.fence === fence) return { result: { fence, isTakeover } };
      if (lease !== undefined && !(await this.#isOver(key, lease))) return { result: undefined };
      isTakeover = lease !== undefined;
      const next = { lease: { fence, beat: 0, leaseMs, holder: thisHolder() } };
      return { result: { fence, isTakeover }, next };
    });
  }

  renew(key: string, fence: string, leaseMs: number): Promise<boolean> {
    let beat: number | undefined;
    return this.#update(key, async ({ lease }) => {
      if (lease?.fence !== fence) return { result: false };
      beat ??= lease.beat + 1;
      if (lease.beat >= beat) return { result: true };
      return { result: true, next: { lease: { ...lease, beat, leaseMs } } };
    });
  }

  async write(key: string, fence: string, value: string): Promise<boolean> {
    const sealed = this.#seal === undefined ? value : await this.#seal.seal(value, key);
    return this.#update(key, async ({ lease, record }) => {
      if (record?.version === fence) return { result: true };
      if (lease?.fence !== fence) return { result: false };
      return { result: true, next: { record: { version: fence, value: sealed } } };
    });
  }

  release(key: string, fence: string): Promise<void> {
    return this.#update<void>(key, async ({ lease }) => ({
      result: undefined,
      next: lease?.fence === fence ? {} : undefined,
    }));
  }

  delete(key: string): Promise<void> {
    const version = randomUUID();
    return this.#update<void>(key, async ({ number, record }) => ({
      result: undefined,
      next: number === 0 || record?.version === version ? undefined : { record: { version } },
    }));
  }

  async #update<Result>(
    key: string,
    decide: (state: KeyState) => Promise<Decision<Result>>,
  ): Promise<Result> {
    const chain = this.#chainOf(key);
    for (let round = 0; round < mostRounds; round += 1) {
      const state = await chain.read();
      const { result, next } = await decide(state);
      // A lease that is lost in a power failure takes nobody's work with it; a record would.
      if (next === undefined || (await chain.commit(state, next, next.record !== undefined)))
        return result;
    }
    throw Object.assign(new Error('Others were quicker every time.'), { code: 'EBUSY' });
  }

  async #isOver(key: string, lease: NonNullable<KeyState['lease']>): Promise<boolean> {
    return (await isDead(lease.holder)) || this.#watch.isOver(key, lease);
  }

  async #open(value: string, key: string): Promise<string> {
    return this.#seal === undefined ? value : await this.#seal.open(value, key);
  }

  #chainOf(key: string): StateChain {
    return new StateChain(this.#directory, directoryNameOf(key));
  }
}

/** Something to recognise it by, and what tells it from all others, also where a file system takes no heed of case. */
function directoryNameOf(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const shown = key
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return shown === '' ? hash : `${shown}-${hash}`;
}
