/**
 * Runs `run` while Object.prototype holds `values`, as it does after a prototype pollution, and cleans it again whatever
 * happens. Everything in the process sees them meanwhile, so `run` ends before anything else begins: it must not wait.
 */
export function polluted<Result>(
  values: Readonly<Record<string, unknown>>,
  run: () => Result,
  { enumerable = true }: { readonly enumerable?: boolean } = {},
): Result {
  const names = Object.keys(values);
  const clash = names.find((name) => Object.hasOwn(Object.prototype, name));
  if (clash !== undefined) throw new TypeError(`Object.prototype has "${clash}" already.`);
  const kept = { enumerable, configurable: true, writable: true };
  try {
    for (const name of names) {
      const descriptor = { __proto__: null, ...kept, value: values[name] };
      Object.defineProperty(Object.prototype, name, descriptor as PropertyDescriptor);
    }
    return run();
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  }
}
