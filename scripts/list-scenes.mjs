// A reporter of vitest for the suite of an adapter: a list of the promises, kept and not, with what is expected of the
// binding, and no stack traces. What is the same for all of them is said once.
// biome-ignore lint/style/noDefaultExport: it is the default export that vitest takes for a reporter.
export default class SceneList {
  #seen = new Set();

  onTestRunEnd(modules, unhandledErrors) {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const failed = cases.filter((test) => test.result().state === 'failed');
    for (const test of cases) this.#print(test);
    for (const error of [...modules.flatMap((module) => module.errors()), ...unhandledErrors]) {
      console.log(`\n${error.stack ?? error.message}`);
    }
    console.log(`\n${cases.length - failed.length} of ${cases.length} promises are kept.`);
    if (failed.length > 0)
      console.log('docs/how-to/write-an-adapter.md says how to keep the others.');
  }

  #print(test) {
    const { state, errors = [] } = test.result();
    console.log(`${state === 'failed' ? '✗' : state === 'passed' ? '✓' : '-'} ${test.name}`);
    for (const { message } of errors) {
      const [, expected, seen = message] = /^Expected: (.*)\nSeen: ([\s\S]*)$/.exec(message) ?? [];
      if (expected !== undefined) console.log(`    expected: ${expected}`);
      if (this.#seen.has(seen)) continue;
      this.#seen.add(seen);
      console.log(`    seen: ${seen.replaceAll('\n', '\n      ')}`);
    }
  }
}
