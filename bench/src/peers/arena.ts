import { Child } from '../child.js';
import { type Identities, identities } from '../identities.js';
import type { BenchContext } from '../section.js';
import type { Introduction, Setting } from './peer.js';
import { type Plugin, removePlugin, writePlugin } from './plugin.js';
import { type Entrant, entrantsOf, type WorkId } from './roster.js';
import type { Ports } from './server-program.js';

/** For credentials that are not to expire meanwhile. */
const longLifetimeMs = 3_600_000;

/** A peer in its process, with a plugin of its own. */
export interface Seat {
  readonly entrant: Entrant;
  readonly introduction: Introduction;
  readonly child: Child;
  readonly setting: Setting;
}

/** What all works share: the server, the identities, and the processes of the peers. */
export class Arena implements AsyncDisposable {
  readonly quick: boolean;
  readonly server: Child;
  readonly introductions: Map<string, Introduction> = new Map();
  readonly #say: (progress: string) => void;
  readonly #urls: Pick<Setting, 'url' | 'stsUrl'>;
  readonly #identities: Identities;
  readonly #plugins: Plugin[] = [];
  readonly #children: Set<Child> = new Set();
  /** Processes that a quick run uses again. */
  readonly #kept: Map<string, Child> = new Map();

  private constructor(context: BenchContext, server: Child, ports: Ports, known: Identities) {
    this.quick = context.quick;
    this.#say = context.say;
    this.server = server;
    this.#urls = {
      url: `https://127.0.0.1:${ports.api}`,
      stsUrl: `http://127.0.0.1:${ports.sts}`,
    };
    this.#identities = known;
  }

  static async open(context: BenchContext): Promise<Arena> {
    const known = await identities();
    const server = new Child(new URL('./server-program.js', import.meta.url));
    return new Arena(context, server, await server.ask<Ports>('listen', known.server), known);
  }

  entrantsOf(work: WorkId): readonly Entrant[] {
    return entrantsOf(work).filter(({ isAside = false }) => !(this.quick && isAside));
  }

  say(work: string, entrant?: Entrant): void {
    this.#say(`peers: ${work}${entrant === undefined ? '' : `, ${entrant.id}`}`);
  }

  /** A peer in a fresh process. A quick run takes the process of the work before, and only the client is new. */
  async seat(entrant: Entrant, lifetimeMs: number = longLifetimeMs): Promise<Seat> {
    const program = new URL('./peer-program.js', import.meta.url);
    const options = { args: [entrant.id], execArgv: ['--no-warnings'] };
    const child = this.#kept.get(entrant.id) ?? new Child(program, options);
    this.#children.add(child);
    if (this.quick) this.#kept.set(entrant.id, child);
    const introduction = await child.ask<Introduction>('introduce');
    this.introductions.set(entrant.id, introduction);
    return { entrant, introduction, child, setting: await this.setting(introduction, lifetimeMs) };
  }

  /** Learns who `entrant` is, where no work has had it yet. */
  async introduce(entrant: Entrant): Promise<void> {
    if (!this.introductions.has(entrant.id)) await this.leave(await this.seat(entrant));
  }

  /** Gives the process back after the work, or gives it up when it has ended. */
  async leave({ child, entrant }: Seat, hasEnded: boolean = false): Promise<void> {
    if (this.quick && !hasEnded) return;
    this.#kept.delete(entrant.id);
    this.#children.delete(child);
    await child[Symbol.asyncDispose]();
  }

  /** A plugin that counts from zero, and the server that believes it. */
  async setting({ does }: Introduction, lifetimeMs: number = longLifetimeMs): Promise<Setting> {
    const { client: clientCertificate, authority } = this.#identities;
    const plugin = await writePlugin({ format: does.format, lifetimeMs, clientCertificate });
    this.#plugins.push(plugin);
    return { ...plugin, ...this.#urls, ca: authority.certificate, clientCertificate };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => child[Symbol.asyncDispose]()));
    await this.server[Symbol.asyncDispose]();
    await Promise.all(this.#plugins.map(removePlugin));
  }
}
