/**
 * Refuses a suite that lacks what each of its scenes needs, before it registers one.
 * @throws {TypeError} naming what is missing.
 */
export function checkSuite(caller: string, suite: object, functions: readonly string[]): void {
  const parts = suite as Readonly<Record<string, unknown>>;
  const missing = functions.find((name) => typeof parts[name] !== 'function');
  if (missing !== undefined) {
    throw new TypeError(`${caller} takes a function "${missing}"${hints[missing] ?? ''}.`);
  }
  if (typeof parts['name'] !== 'string') {
    throw new TypeError(`${caller} takes a "name", which stands before that of each scene.`);
  }
}

const hints: Readonly<Record<string, string>> = {
  test: ' that registers one test, such as "test" of node:test or "it" of vitest',
};
