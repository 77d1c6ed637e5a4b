import { totalOf } from './report.js';
import { count, seconds } from './table.js';
import type { DemoView } from './view.js';

/** A line for each event and one for each second, for logs and pipes. */
export function plainLines(write: (text: string) => void): DemoView {
  let shownSeconds = 0;
  const line = (atMs: number, text: string): void =>
    write(`${seconds(atMs).padStart(6)} s  ${text}\n`);
  return {
    begin: ({ clients, durationMs, lifetimeMs, bare }, url) => {
      const who = clients.join(', ') + (bare ? `, and a bare axios beside them,` : '');
      const times = `${durationMs / 1_000} s, credentials live ${lifetimeMs / 1_000} s`;
      write(`Keyturn demo: ${who} against ${url} for ${times}\n`);
    },
    event: (atMs, text) => line(atMs, `- ${text}`),
    update: ({ elapsedMs, clients, bare }) => {
      if (Math.floor(elapsedMs / 1_000) <= shownSeconds) return;
      shownSeconds = Math.floor(elapsedMs / 1_000);
      const { requests, failures, replays, opened, drained } = totalOf(clients);
      const parts = [
        `${count(requests)} requests`,
        `${count(failures)} failed`,
        `${count(replays)} replayed`,
        `${count(opened - drained)} connections`,
        ...(bare === undefined ? [] : [`bare axios: ${count(bare.failures)} failed`]),
      ];
      line(elapsedMs, parts.join(', '));
    },
    end: () => {},
  };
}
