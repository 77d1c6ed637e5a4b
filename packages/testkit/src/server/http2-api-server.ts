import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { compiledProgram } from '../plugin/compiled-program.js';
import { createTestAuthority, type TestAuthority } from './test-authority.js';

export interface Http2ApiServerOptions {
  /** Default: one of its own. */
  readonly authority?: TestAuthority;
  /** Those that are answered with 200. Any other gets 401 and GOAWAY, as kube-apiserver gives it. Default: none. */
  readonly tokens?: readonly string[];
  /** SETTINGS_MAX_CONCURRENT_STREAMS. Default: that of Node, which is no limit. */
  readonly maxConcurrentStreams?: number;
  /** How likely a healthy request is answered together with GOAWAY, as `--goaway-chance` of kube-apiserver. Default 0. */
  readonly goawayChance?: number;
  /** How likely a request is refused before it is looked at (REFUSED_STREAM). Default 0. */
  readonly refusedStreamChance?: number;
  /** How likely the connection breaks in place of an answer. Default 0. */
  readonly cutChance?: number;
  /** The longest time until an answer; each takes some part of it. Milliseconds, default 2. */
  readonly answerMs?: number;
  /** The Node that runs it. Default: this one; that of Node 20 comes to a standstill now and then, after GOAWAY. */
  readonly execPath?: string;
  /** For what happens by chance. Default 1. */
  readonly seed?: number;
}

/** What has happened so far. */
export interface Http2Report {
  readonly served: number;
  readonly unauthorized: number;
  readonly sessions: number;
  readonly goaways: number;
  readonly refusedStreams: number;
  readonly cuts: number;
  /** The most streams that one session had at a time. */
  readonly mostStreams: number;
  /** `x-request-id` of requests that were served more than once. */
  readonly servedTwice: readonly string[];
  /** `x-request-id` of requests that were in flight when the connection broke: no client can know what became of them. */
  readonly lost: readonly string[];
}

/** An API server over HTTP/2, in a process of its own. */
export interface Http2ApiServer extends AsyncDisposable {
  /** `https://localhost:PORT`. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
  readonly authority: TestAuthority;
  /** Accepts these tokens from now on, and no others; resolves when the server knows. */
  accept(tokens: readonly string[]): Promise<void>;
  report(): Promise<Http2Report>;
  close(): Promise<void>;
}

/** What the program is started with. */
export interface Http2ServerSettings extends Required<Omit<Http2ApiServerOptions, LeftOut>> {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string;
  readonly maxConcurrentStreams?: number;
}
type LeftOut = 'authority' | 'execPath' | 'maxConcurrentStreams';

/** What the program is told later; it answers each with a report. */
export interface Http2ServerOrder {
  readonly accept?: readonly string[];
}

/**
 * Starts an API server that ends connections as kube-apiserver does over HTTP/2: with GOAWAY and 401 for a token that it
 * does not know, with GOAWAY by chance, with REFUSED_STREAM, and by breaking off. An answer is the token it came with.
 * @throws {Error} when the testkit has not been compiled: plain Node must be able to run the program.
 */
export async function startHttp2ApiServer(
  options: Http2ApiServerOptions = {},
): Promise<Http2ApiServer> {
  const { authority = await createTestAuthority(), execPath = process.execPath, ...more } = options;
  const pair = await authority.issueServerCertificate();
  const settings: Http2ServerSettings = {
    tokens: [],
    goawayChance: 0,
    refusedStreamChance: 0,
    cutChance: 0,
    answerMs: 2,
    seed: 1,
    ...more,
    ...pair,
    ca: authority.certificate,
  };
  const child = fork(compiledProgram('server/http2-api-server-program.js'), { execPath });
  child.send(settings);
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  const desk = new OrderDesk(child);
  const close = (): Promise<void> => desk.close();
  return {
    url: `https://localhost:${port}`,
    ca: authority.certificate,
    authority,
    accept: async (accept) => void (await desk.order({ accept })),
    report: () => desk.order({}),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Gives orders one after the other: the answers bear no number. */
class OrderDesk {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  order(order: Http2ServerOrder): Promise<Http2Report> {
    const answer = this.#last.then(async () => {
      const answered = once(this.#child, 'message');
      this.#child.send(order);
      const [report] = await answered;
      return report as Http2Report;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
