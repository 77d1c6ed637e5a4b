// node test/garbage/feed.mjs SEED FROM TO PROGRESS-FILE: feeds pieces to the readers of outputs and to that of kubeconfigs, in a process of
// its own, so that one that ends the process is counted and not lost. Prints a report as JSON.
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandSource, execSource, readToken, readVaultToken } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { makePiece, planted } from './pieces.mjs';

const [seed, from, to] = process.argv.slice(2, 5).map(Number);
const progress = openSync(process.argv[5], 'w');
const folder = mkdtempSync(join(tmpdir(), 'keyturn-garbage-'));
const file = join(folder, 'config');

/** Milliseconds of the processor, in all threads, and what came of it. */
async function measure(read) {
  const before = process.cpuUsage();
  const error = await read().then(
    () => undefined,
    (thrown) => thrown,
  );
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1_000, error };
}

/** Something of a fixed length, to know how fast the machine is at the moment. */
function calibrate() {
  const text = 'apiVersion: v1\n'.repeat(20_000);
  const before = process.cpuUsage();
  let sum = 0;
  for (let round = 0; round < 10; round += 1) {
    for (let index = 0; index < text.length; index += 1)
      sum = (sum * 31 + text.charCodeAt(index)) | 0;
    sum += JSON.stringify(text.split('\n')).length;
  }
  const { user, system } = process.cpuUsage(before);
  return sum === 0 ? 0 : (user + system) / 1_000;
}

const readers = {
  plugin: (bytes) => {
    const source = execSource(
      {
        command: 'unused',
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
      },
      { run: async () => ({ stdout: bytes, stderr: '' }) },
    );
    return source.load({ reason: 'initial', signal: new AbortController().signal });
  },
  command: (bytes, number) => {
    const source = commandSource({
      command: 'unused',
      read: number % 2 === 0 ? readToken : readVaultToken,
      run: async () => ({ stdout: bytes, stderr: '' }),
    });
    return source.load({ reason: 'initial', signal: new AbortController().signal });
  },
  kubeconfig: (bytes, number) => {
    if (number % 3 !== 0) return loadKubeconfig({ text: bytes.toString() });
    return loadKubeconfig({ path: file });
  },
};

/** What is wrong with the way that a piece was refused, or undefined. */
function objection(error) {
  if (error === undefined) return undefined;
  if (!/^ERR_(?:EXEC|CREDENTIAL|KUBECONFIG)_/.test(error.code ?? ''))
    return `not an error of ours: ${error.code ?? error.name}`;
  if (error.message.includes(planted)) return 'the message quotes the text';
  if (/[^\P{C}\n\t]/u.test(error.message)) return 'the message holds a control character';
  return error.message.length > 9_000 ? 'the message is endless' : undefined;
}

const report = {
  pieces: 0,
  times: [],
  codes: {},
  objections: [],
  longest: { ms: 0, speed: 1 },
};
calibrate();
const calibration = calibrate();
for (let number = from; number < to; number += 1) {
  const { name, bytes } = makePiece(seed, number);
  writeFileSync(file, bytes);
  for (const [reader, read] of Object.entries(readers)) {
    writeSync(progress, `${number} ${reader}, ${name}\n`, 0);
    // Twice, as it happens; a third and fourth time where the machine may have done something else meanwhile.
    const tries = [
      await measure(() => read(bytes, number)),
      await measure(() => read(bytes, number)),
    ];
    while (tries.length < 5 && Math.min(...tries.map(({ ms }) => ms)) > 25)
      tries.push(await measure(() => read(bytes, number)));
    const ms = Math.min(...tries.map((one) => one.ms));
    // Beside what takes long: the machine may have become slow meanwhile.
    const speed = ms > 25 ? Math.max(calibration, calibrate()) : calibration;
    report.pieces += 1;
    report.times.push(ms);
    if (ms / speed > report.longest.ms / report.longest.speed)
      report.longest = { ms, speed, name: `${reader}, ${name} (piece ${number})` };
    for (const { error } of tries) {
      const problem = objection(error);
      if (problem !== undefined)
        report.objections.push(`${reader}, ${name} (piece ${number}): ${problem}`);
    }
    const code = tries[0].error?.code ?? 'read';
    report.codes[code] = (report.codes[code] ?? 0) + 1;
    if (tries.some(({ error }) => (error?.code ?? 'read') !== code))
      report.objections.push(`${reader}, ${name} (piece ${number}): judged in two ways`);
  }
}
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(report));
