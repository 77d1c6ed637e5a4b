/** Looks at a value as a debugger or an inventive logger does: own properties, symbols, hidden ones, getters, collections. */

/** Objects; what is reached only behind that many others, nobody prints. */
const maxObjects = 5_000;
const maxDepth = 12;
/** Of a buffer; a head fits in. */
const maxBytes = 2_000;

/** Returns every text and every row of bytes that can be reached from `value`. */
export function walk(value: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  let level: unknown[] = [value];
  for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const part of level) {
      if (typeof part === 'string') found.push(part);
      if (!isReference(part) || seen.has(part) || seen.size > maxObjects) continue;
      seen.add(part);
      for (const below of partsOf(part)) next.push(below);
    }
    level = next;
  }
  return found;
}

/** Copies what `value` holds, hidden properties and symbols included, without functions and cycles. */
export function dataOf(value: unknown, depth: number = 7, seen: Set<unknown> = new Set()): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value === 'bigint') return String(value);
  if (!isReference(value)) return value;
  if (depth === 0 || seen.has(value) || seen.size > maxObjects) return undefined;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return [...bytesOf(value)];
  const entries = ownEntries(value).map(([key, part]) => [
    String(key),
    dataOf(part, depth - 1, seen),
  ]);
  return Object.fromEntries(entries);
}

function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [bytesOf(value).toString('latin1')];
  if (value instanceof Map) return [...value.keys(), ...value.values(), ...ownParts(value)];
  if (value instanceof Set) return [...value, ...ownParts(value)];
  return [...ownParts(value), ...inheritedParts(value)];
}

function ownParts(value: object): unknown[] {
  return ownEntries(value).flat();
}

function ownEntries(value: object): [PropertyKey, unknown][] {
  return Reflect.ownKeys(value).map((key) => [key, read(value, key, value)]);
}

/** What the getters of its classes give, and its iterator where it has entries. */
function inheritedParts(value: object): unknown[] {
  const parts: unknown[] = [];
  let prototype: object | null = Object.getPrototypeOf(value);
  while (prototype !== null && prototype !== Object.prototype) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (descriptor.get !== undefined) parts.push(read(prototype, key, value));
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  if (isHeaders(value)) parts.push(...[...value].flat());
  return parts;
}

function read(holder: object, key: PropertyKey, receiver: object): unknown {
  try {
    return Reflect.get(holder, key, receiver);
  } catch {
    return undefined;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, Math.min(byteLength, maxBytes));
}

function isReference(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Not instanceof: every copy of undici has a class of its own. */
function isHeaders(value: object): value is Headers {
  return Object.prototype.toString.call(value) === '[object Headers]';
}
