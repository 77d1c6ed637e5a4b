// Plays every scene of the conformance suite with the reference binding and with every wrong one, on all cores, and prints
// which scenes each fails. Exits 1 unless the reference binding fails none, each wrong binding exactly those that it says,
// and no scene is failed by nobody. Takes about a minute and a half on two idle cores.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { bindingScenes } from '../packages/testkit/dist/conformance/binding-scenes.js';
import { failedScenes } from '../packages/testkit/dist/conformance/conformance-table.js';
import { referenceBinding } from '../packages/testkit/dist/conformance/reference-binding.js';
import { wrongBindings } from '../packages/testkit/dist/wrong/wrong-bindings.js';

const sceneNames = bindingScenes.map(({ name }) => name);
const judged = [
  { fault: 'is right', promised: [], make: () => referenceBinding },
  ...wrongBindings.map(({ fault, scene, also = [], make }) => ({
    fault,
    promised: [scene, ...also],
    make,
  })),
];

if (isMainThread) await printTable();
else await judgeShare(workerData);

/** A scene may have Object.prototype polluted for a moment: each worker has one of its own. */
async function judgeShare({ first, step }) {
  for (let index = first; index < judged.length; index += step) {
    const { make, promised } = judged[index];
    parentPort.postMessage({ index, failed: await failedScenes(make, promised) });
  }
}

async function printTable() {
  const step = availableParallelism();
  const failedBy = new Map(sceneNames.map((name) => [name, []]));
  let isAsPromised = true;
  let count = 0;
  const take = ({ index, failed }) => {
    const { fault, promised } = judged[index];
    count += 1;
    for (const scene of failed) failedBy.get(scene).push(fault);
    if (String(failed.toSorted()) === String(promised.toSorted())) return;
    isAsPromised = false;
    console.error(`A binding that ${fault} fails: ${failed.join(' | ') || 'nothing'}`);
  };
  const workers = Array.from({ length: step }, (_, first) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { first, step } });
    worker.on('message', take);
    return once(worker, 'exit');
  });
  await Promise.all(workers);

  const width = Math.max(...sceneNames.map((name) => name.length));
  for (const [scene, faults] of failedBy) {
    if (faults.length === 0) isAsPromised = false;
    console.log(`${scene.padEnd(width)}  ${faults.join(' | ') || 'NOBODY FAILS IT'}`);
  }
  isAsPromised &&= count === judged.length;
  const counts = `${sceneNames.length} scenes, ${wrongBindings.length} wrong bindings`;
  console.log(
    `${counts}: ${isAsPromised ? 'each fails what it says and nothing else' : 'not as promised'}`,
  );
  process.exit(isAsPromised ? 0 : 1);
}
