// Plays every scene of the conformance suite with the reference binding and with every wrong one, and prints which
// scenes each fails. Exits 1 unless the reference binding fails none, each wrong binding exactly its own, and no scene
// is failed by nobody. Takes about a minute.
import { bindingScenes } from '../packages/testkit/dist/conformance/binding-scenes.js';
import { failedScenes } from '../packages/testkit/dist/conformance/conformance-table.js';
import { referenceBinding } from '../packages/testkit/dist/conformance/reference-binding.js';
import { wrongBindings } from '../packages/testkit/dist/wrong/wrong-bindings.js';

const failedBy = new Map(bindingScenes.map(({ name }) => [name, []]));
let isAsPromised = true;

async function judge(title, make, expected) {
  const failed = await failedScenes(make);
  for (const scene of failed) failedBy.get(scene).push(title);
  if (String(failed) === String(expected)) return;
  isAsPromised = false;
  console.error(`A binding that ${title} fails: ${failed.join(' | ') || 'nothing'}`);
}

await judge('is right', () => referenceBinding, []);
for (const { fault, scene, make } of wrongBindings) await judge(fault, make, [scene]);

const width = Math.max(...[...failedBy.keys()].map((name) => name.length));
for (const [scene, faults] of failedBy) {
  if (faults.length === 0) isAsPromised = false;
  console.log(`${scene.padEnd(width)}  ${faults.join(' | ') || 'NOBODY FAILS IT'}`);
}
const count = `${bindingScenes.length} scenes, ${wrongBindings.length} wrong bindings`;
console.log(
  `${count}: ${isAsPromised ? 'each fails its own scene and no other' : 'not as promised'}`,
);
process.exit(isAsPromised ? 0 : 1);
