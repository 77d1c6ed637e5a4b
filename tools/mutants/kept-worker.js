// A pool for vitest whose worker process stays when a run is over, with every module that it has imported: StrykerJS switches
// mutants on by a variable, and to import a client and a test authority anew takes ten times as long as the tests of most
// mutants. A mutant of what runs at import gets a process of its own, and whatever a run has left broken is thrown away.
import { ForksPoolWorker } from 'vitest/node';

/** What earlier mutants may leave behind, such as an open server, is not to pile up. */
const maxRuns = 25;

/** The process that waits for the next run, and how many it has seen. */
let kept;

const pool = {
  name: 'kept-forks',
  createPoolWorker: (options) => new KeptWorker(options),
};

/** A plugin for vitest that has a project use the pool. StrykerJS names one itself, so it cannot stand in the options. */
export const keptWorkers = {
  name: pool.name,
  configureVitest: ({ project, vitest }) => {
    Object.assign(project.config, { pool: pool.name, poolRunner: pool });
    vitest.onClose(discard);
  },
};

class KeptWorker extends ForksPoolWorker {
  name = pool.name;
  #project;
  #listeners = [];
  #runs = 0;
  #hasStarted = false;
  /** Of this run, with the names of the tests in it; a process takes it when it starts, and no more after that. */
  #config;

  constructor(options) {
    super(options);
    this.#project = options.project;
  }

  async start() {
    if (this.#isStatic) discard();
    if (kept?.process.connected) {
      this._fork = kept.process;
      this.#runs = kept.runs;
      this.#hasStarted = true;
      kept = undefined;
    }
    await super.start();
    this.#runs += 1;
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
    super.on(event, listener);
  }

  send(message) {
    if (message.type === 'start') this.#config = message.context.config;
    const answer = this.#answerFor(message);
    if (answer !== undefined) queueMicrotask(() => this.fork.emit('message', answer));
    else super.send(message.type === 'run' ? this.#withConfig(message) : message);
  }

  #withConfig(message) {
    return { ...message, context: { config: this.#config, ...message.context } };
  }

  async stop() {
    const process = this.fork;
    if (!this.#isKept) return super.stop();
    for (const [event, listener] of this.#listeners) process.off(event, listener);
    process.stdout?.unpipe(this.stdout);
    process.stderr?.unpipe(this.stderr);
    kept = { process, runs: this.#runs };
  }

  /** A process that stays is neither started nor stopped again. */
  #answerFor({ type }) {
    const answer = (what) => ({ __vitest_worker_response__: true, type: what });
    if (type === 'start' && this.#hasStarted) return answer('started');
    return type === 'stop' && this.#isKept ? answer('stopped') : undefined;
  }

  get #isStatic() {
    return this.#project.getProvidedContext().mutantActivation === 'static';
  }

  get #isKept() {
    const { state } = this.#project.vitest;
    const isBroken = state.errorsSet.size > 0 || state.getFiles().some(hasBroken);
    return !isBroken && !this.#isStatic && this.#runs < maxRuns;
  }
}

function discard() {
  kept?.process.kill('SIGKILL');
  kept = undefined;
}

/** A file that could not be loaded, or a test that did not come to its end. */
function hasBroken({ type, result, tasks = [] }) {
  const errors = result?.errors ?? [];
  return (
    (type === 'suite' && errors.length > 0) ||
    errors.some(({ message }) => /timed out/.test(message)) ||
    tasks.some(hasBroken)
  );
}
