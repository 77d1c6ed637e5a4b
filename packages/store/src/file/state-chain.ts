import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Holder } from './holder.js';
import {
  codeOf,
  isOwnedDirectory,
  ownedDirectory,
  readOwned,
  syncDirectory,
  writeNew,
} from './owned-files.js';

/** Who may write next, and until when nobody else may. */
export interface FileLease {
  readonly fence: string;
  /** +1 with each renewal: who sees it change knows that the holder lives. */
  readonly beat: number;
  readonly leaseMs: number;
  readonly holder: Holder;
}

export interface FileRecord {
  readonly version: string;
  /** Undefined: deleted. */
  readonly value?: string | undefined;
}

/** What is known of a key at one moment. */
export interface KeyState {
  /** Of the newest file; 0 where there is none. */
  readonly number: number;
  readonly record: FileRecord | undefined;
  /** The file that has the record. */
  readonly recordAt: number | undefined;
  readonly lease: FileLease | undefined;
}

/** What comes after a state: its record, or another one, and a lease or none. */
export interface NextState {
  readonly lease?: FileLease | undefined;
  readonly record?: FileRecord | undefined;
}

interface FileContent extends NextState {
  /** The older file that has the record, where this one has none of its own. */
  readonly recordAt?: number | undefined;
}

const nothing: KeyState = { number: 0, record: undefined, recordAt: undefined, lease: undefined };
// Where there is nothing else, a record was there: no text is one that can be read.
const damaged: FileRecord = { version: 'damaged', value: '' };
// A file that is not whole is one that is being written, where the file system has no links, or that a power failure has cut.
const patientReads = 8;
const readPauseMs = 5;
const mostReads = 200;
// What a process has left behind that was killed while it wrote.
const abandonedMs = 60_000;
const withoutLinks = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * The states of one key, each a file with the next number: whoever links the next number first has made the next state, and the highest
 * one counts. So a process may be stopped between any two instructions, for as long as it takes, and can overwrite nothing that came
 * after; and one that is killed leaves no lock behind. Files that do not count any more are removed with the next state.
 */
export class StateChain {
  readonly #root: string;
  readonly #directory: string;

  /** @param name of the directory below `root` that has the files of this key. */
  constructor(root: string, name: string) {
    this.#root = root;
    this.#directory = join(root, name);
  }

  async read(): Promise<KeyState> {
    for (let reads = 1; reads <= mostReads; reads += 1) {
      const state = await this.#readOnce(reads > patientReads);
      if (state !== undefined) return state;
      // What was read has been replaced meanwhile.
      if (reads > 1) await pause(readPauseMs);
    }
    throw Object.assign(new Error('The files of a key never stand still.'), { code: 'EBUSY' });
  }

  /**
   * Makes `next` the state after `state`; resolves with false where another state came after that one, or may have.
   * @param isDurable whether it has to survive a power failure.
   */
  async commit(state: KeyState, next: NextState, isDurable: boolean): Promise<boolean> {
    const number = state.number + 1;
    const recordAt = next.record === undefined ? state.recordAt : undefined;
    // What is damaged stands in no file that stays.
    const record = next.record ?? (recordAt === undefined ? state.record : undefined);
    const content: FileContent = { ...next, record, recordAt };
    if (!(await this.#claim(state, JSON.stringify(content), isDurable))) return false;
    const { numbers, drafts } = await this.#list();
    if (numbers.some((each) => each > number)) return await this.#yield(number);
    // Somebody has removed the directory by hand, and others have begun anew.
    if (state.number > 0 && !numbers.includes(state.number)) {
      await remove(this.#path(number));
      return false;
    }
    if (isDurable) await syncDirectory(this.#directory);
    const old = numbers.filter((each) => each < number && each !== recordAt);
    await Promise.all([
      ...old.map((each) => remove(this.#path(each))),
      ...drafts.map(removeAbandoned),
    ]);
    return true;
  }

  async #claim(state: KeyState, text: string, isDurable: boolean): Promise<boolean> {
    const draft = join(this.#directory, `new-${randomUUID()}`);
    try {
      if (state.number === 0) await this.#make();
      await writeNew(draft, text, isDurable);
      await this.#linkOrWrite(draft, state.number + 1, { text, isDurable });
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      // The directory has been removed by hand, and with it what this state would have followed.
      if (codeOf(error) === 'ENOENT' && state.number > 0) return false;
      throw error;
    } finally {
      await remove(draft);
    }
  }

  async #linkOrWrite(
    draft: string,
    number: number,
    { text, isDurable }: { readonly text: string; readonly isDurable: boolean },
  ): Promise<void> {
    try {
      await fs.link(draft, this.#path(number));
    } catch (error) {
      if (!withoutLinks.includes(codeOf(error) ?? '')) throw error;
      await writeNew(this.#path(number), text, isDurable);
    }
  }

  /**
   * There is a higher number: either it was there before, and the file of this one has never counted, or somebody has built on it.
   * Only a record that counts is left.
   */
  async #yield(number: number): Promise<boolean> {
    const { recordAt } = await this.read();
    if (recordAt !== number) await remove(this.#path(number));
    return false;
  }

  /** Undefined where files were replaced while they were read; a patient caller waits for one that is not whole. */
  async #readOnce(isImpatient: boolean): Promise<KeyState | undefined> {
    if (!(await this.#isThere())) return nothing;
    const { numbers } = await this.#list();
    for (const number of numbers) {
      const text = await readOwned(this.#path(number));
      if (text === undefined) return undefined;
      const content = parse(text);
      if (content !== undefined) return await this.#stateOf(numbers[0] ?? 0, number, content);
      if (!isImpatient) return undefined;
    }
    const [highest = 0] = numbers;
    // The first state is that of a lease, and nothing is lost with it.
    return { ...nothing, number: highest, record: highest > 1 ? damaged : undefined };
  }

  async #stateOf(
    highest: number,
    number: number,
    { record, recordAt, lease }: FileContent,
  ): Promise<KeyState | undefined> {
    if (record !== undefined) return { number: highest, record, recordAt: number, lease };
    if (recordAt === undefined) return { ...nothing, number: highest, lease };
    const text = await readOwned(this.#path(recordAt));
    const kept = text === undefined ? undefined : parse(text)?.record;
    return kept && { number: highest, record: kept, recordAt, lease };
  }

  /** One after the other: what is wrong with the root says more than what follows from it below. */
  async #isThere(): Promise<boolean> {
    return (await isOwnedDirectory(this.#root)) && (await isOwnedDirectory(this.#directory));
  }

  async #make(): Promise<void> {
    await ownedDirectory(this.#root);
    await fs.mkdir(this.#directory, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }

  /** The numbers of the states, the highest first, and the paths of what was never linked. */
  async #list(): Promise<{
    readonly numbers: readonly number[];
    readonly drafts: readonly string[];
  }> {
    const names = await fs.readdir(this.#directory).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const numbers = names.flatMap((name) =>
      /^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [],
    );
    const drafts = names.filter((name) => name.startsWith('new-'));
    return {
      numbers: numbers.sort((one, other) => other - one),
      drafts: drafts.map((name) => join(this.#directory, name)),
    };
  }

  #path(number: number): string {
    return join(this.#directory, `${number}.json`);
  }
}

function parse(text: string): FileContent | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}

async function remove(path: string): Promise<void> {
  await fs.unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function removeAbandoned(path: string): Promise<void> {
  const stats = await fs.lstat(path).catch(() => undefined);
  if (stats !== undefined && Date.now() - stats.mtimeMs > abandonedMs) await remove(path);
}
