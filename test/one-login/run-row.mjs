// One row of the table: a provider, processes, and three moments at which all of them ask.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLoginProvider } from '../../examples/many-processes/dist/login-provider.js';

const program = fileURLToPath(new URL('process.mjs', import.meta.url));
const lifetimeMs = 3_600_000;

export async function runRow({ name, scene, count, requests, redis }) {
  const aimsAtRefresh = scene.startsWith('refresher');
  // As by default, or as short as a stop of twice its time can be waited for. A busy machine stops processes, too.
  const leaseMs = scene === 'nothing' ? 15_000 : 4_000;
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-one-login-'));
  writeFileSync(join(folder, 'tokens.json'), JSON.stringify({ refresh_token: 'refresh-1' }), {
    mode: 0o600,
  });
  // Who is killed with the answer on its way has used the token up: for that, and for nothing else, providers have a leeway.
  const provider = await startLoginProvider({
    lifetimeMs,
    refreshMs: aimsAtRefresh ? 300 : 30,
    leewayMs: scene === 'nothing' ? 0 : 30_000,
  });
  const orders = {
    name,
    url: provider.url,
    folder,
    redis,
    leaseMs,
    requests,
    key: randomBytes(32).toString('base64'),
  };
  const processes = Array.from({ length: count }, () => start(orders));
  await Promise.all(processes.map(({ ready }) => ready));
  const totals = { served: [], undone: [], failed: 0, takeovers: 0, errors: [] };
  const moments = [{}, { afterMs: lifetimeMs }, { afterMs: lifetimeMs }];
  for (const [phase, moment] of moments.entries()) {
    if (phase > 0) provider.refuseAccess();
    const answers = processes.map((each) => each.ask(moment));
    const harm = upset({ scene, phase, processes, leaseMs });
    const given = await Promise.all(answers);
    await harm;
    const sum = (value) => given.reduce((all, answer) => all + value(answer), 0);
    totals.served.push(sum((answer) => answer?.served ?? 0));
    totals.undone.push(sum((answer) => (answer === undefined ? requests : 0)));
    totals.failed += sum((answer) => (answer === undefined ? 0 : requests - answer.served));
    totals.errors.push(...new Set(given.flatMap((answer) => answer?.errors ?? [])));
    if (phase === 2) totals.takeovers = sum((answer) => answer?.takeovers ?? 0);
  }
  await Promise.all(processes.map((each) => each.end()));
  const login = provider.report();
  await provider.close();
  rmSync(folder, { recursive: true });
  return { ...totals, login };
}

/** What is done to the processes while they ask. */
async function upset({ scene, phase, processes, leaseMs }) {
  if (scene === 'some killed, one stopped') {
    const share = processes.length / 5;
    const deeds = Math.round((share * (phase + 1)) / 3) - Math.round((share * phase) / 3);
    for (let deed = 0; deed < deeds; deed += 1) {
      await pause(Math.random() * 100);
      oneOf(processes)?.kill();
    }
    if (phase === 1) stopFor(oneOf(processes), 2 * leaseMs);
  }
  if (!scene.startsWith('refresher') || phase === 2) return;
  const refresher = await Promise.race(processes.map((each) => each.refreshes()));
  if (scene === 'refresher killed') refresher.kill();
  else stopFor(refresher, 2 * leaseMs);
}

function oneOf(processes) {
  const living = processes.filter((each) => each.isLiving());
  return living[Math.floor(Math.random() * living.length)];
}

function stopFor(process, ms) {
  process?.child.kill('SIGSTOP');
  setTimeout(() => process?.child.kill('SIGCONT'), ms);
}

function start(orders) {
  const child = fork(program, [JSON.stringify(orders)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit').then(() => undefined);
  const message = (kind) =>
    new Promise((resolve) => {
      const listen = (given) => {
        if (given.kind !== kind) return;
        child.off('message', listen);
        resolve(given);
      };
      child.on('message', listen);
    });
  child.setMaxListeners(50);
  const process = {
    child,
    ready: message('ready'),
    isLiving: () => child.exitCode === null && child.signalCode === null,
    refreshes: () => message('refreshes').then(() => process),
    kill: () => child.kill('SIGKILL'),
    ask: async (moment) => {
      if (!process.isLiving()) return undefined;
      const answer = message('answered');
      child.send({ kind: 'ask', ...moment });
      return await Promise.race([answer, gone]);
    },
    end: async () => {
      if (process.isLiving()) child.send({ kind: 'end' });
      await gone;
    },
  };
  return process;
}
