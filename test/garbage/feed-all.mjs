import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const feed = fileURLToPath(new URL('feed.mjs', import.meta.url));
const perProcess = 500;
// What `calibrate` takes, once it is compiled, where the limit was set. A slower machine, or one that is busy, gets as much longer.
const referenceMs = 60;
export const limitMs = 50;

/**
 * Feeds `count` pieces made from `seed` to each reader, in processes of their own.
 * Returns what came of them: how many there were, the longest, the median, what was wrong, and the pieces that ended a process.
 */
export async function feedAll({ seed, count, node = process.execPath }) {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-garbage-'));
  const progress = join(folder, 'progress');
  const total = {
    pieces: 0,
    times: [],
    codes: {},
    objections: [],
    crashes: [],
    longest: { ms: 0, ratio: 0 },
  };
  for (let from = 0; from < count; ) {
    const to = Math.min(count, from + perProcess);
    const { status, stdout } = await run(node, [feed, `${seed}`, `${from}`, `${to}`, progress]);
    if (status === 0) {
      addTo(total, JSON.parse(stdout));
      from = to;
    } else {
      const last = readFileSync(progress, 'utf8').split('\n', 1)[0] ?? '';
      total.crashes.push(`${last}: ${status}`);
      from = Number.parseInt(last, 10) + 1 || to;
    }
  }
  rmSync(folder, { recursive: true });
  total.times.sort((one, other) => one - other);
  return total;
}

function addTo(total, { pieces, times, codes, objections, longest }) {
  total.pieces += pieces;
  total.times.push(...times);
  total.objections.push(...objections);
  for (const [code, number] of Object.entries(codes))
    total.codes[code] = (total.codes[code] ?? 0) + number;
  const ratio = longest.ms / (limitMs * Math.max(1, longest.speed / referenceMs));
  if (ratio > total.longest.ratio) total.longest = { ...longest, ratio };
}

function run(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('close', (code, signal) => resolve({ status: signal ?? code, stdout }));
  });
}
