/**
 * Finds where below `thing` one of `secrets` stands, whether a printer would show it or not.
 * @returns the path, such as `answer.config.headers["Authorization"]`; undefined where there is none.
 */
export function findSecret(
  secrets: readonly string[],
  thing: unknown,
  name: string,
): string | undefined {
  const seen = new Set<unknown>();
  let level: readonly (readonly [path: string, value: unknown])[] = [[name, thing]];
  // Level by level, so that the shortest path is the one that is told.
  while (level.length > 0) {
    const next: [path: string, value: unknown][] = [];
    for (const [path, value] of level) {
      if (typeof value === 'string' && secrets.some((secret) => value.includes(secret)))
        return path;
      if (!isObject(value) || seen.has(value)) continue;
      seen.add(value);
      next.push(...partsOf(path, value));
    }
    level = next;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function partsOf(path: string, value: object): [path: string, value: unknown][] {
  if (ArrayBuffer.isView(value)) return [[path, Buffer.from(value.buffer).toString('latin1')]];
  const parts: [path: string, value: unknown][] = [];
  if (value instanceof Map) {
    for (const [key, item] of value) parts.push([`${path}.get(${nameOf(key)})`, item]);
  }
  if (value instanceof Set)
    parts.push(...[...value].map((item): [string, unknown] => [path, item]));
  for (const key of Reflect.ownKeys(value)) {
    // A getter is not run: what it returns nobody prints unasked.
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    if (descriptor !== undefined && 'value' in descriptor) {
      parts.push([path + step(key), descriptor.value]);
    }
  }
  return parts;
}

function step(key: PropertyKey): string {
  if (typeof key === 'symbol' || /^\d+$/.test(String(key))) return `[${String(key)}]`;
  return /^[A-Za-z_$][\w$]*$/.test(String(key)) ? `.${String(key)}` : `[${nameOf(key)}]`;
}

function nameOf(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}
