import { snapshotBody } from '@keyturn/core/binding';
import type { RequestConfig } from './axios-shape.js';

/**
 * Copies a configuration, each property read once. As axios has it, what comes from a template or a class counts as well,
 * and what stands on Object.prototype does not.
 */
export function copyConfig(
  config: RequestConfig,
  changes: Partial<RequestConfig> = {},
): RequestConfig {
  const copy = new Detached();
  const prototype = Object.getPrototypeOf(config);
  if (prototype !== null && prototype !== Detached.prototype)
    copyTemplates(copy, config, prototype);
  copyOwn(copy, config, config);
  for (const name of Object.keys(changes)) copy[name] = changes[name as keyof RequestConfig];
  return copy as unknown as RequestConfig;
}

/**
 * Copies a configuration with all that a caller may still hold of it: its URL becomes text, headers, parameters, bytes and
 * the like are copied. What is judged and what is sent both come from this snapshot.
 */
export function snapshotConfig(config: RequestConfig): RequestConfig {
  const copy = copyConfig(config) as Record<string, unknown> & { headers: object };
  for (const name of urlNames) {
    if (typeof copy[name] === 'object' && copy[name] !== null) copy[name] = String(copy[name]);
  }
  for (const name of nestedNames) {
    if (typeof copy[name] === 'object' && copy[name] !== null) copy[name] = copyNested(copy[name]);
  }
  copy.headers = copyHeaders(copy.headers);
  return copy as unknown as RequestConfig;
}

/** Copies headers as they are. Their own `concat()` reads every name and value again as if they came from a caller. */
export function copyHeaders<Headers extends object>(
  headers: Headers,
): Record<string, unknown> & Headers {
  return Object.assign(Object.create(Object.getPrototypeOf(headers)), headers);
}

const urlNames = ['url', 'baseURL'] as const;
const nestedNames = ['data', 'params', 'auth', 'proxy', 'http2Options'] as const;

/** Copies what axios makes text of late. A body that is a stream, or of a class, stays what it is. */
function copyNested(value: unknown, copies: Map<unknown, unknown> = new Map()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return snapshotBody(value);
  // Parameters may refer to themselves; axios says so in its own words.
  if (copies.has(value)) return copies.get(value);
  const copy: Record<string, unknown> = {};
  copies.set(value, copy);
  for (const [name, member] of Object.entries(value)) copy[name] = copyNested(member, copies);
  return copy;
}

function copyOwn(copy: Record<PropertyKey, unknown>, from: object, config: object): void {
  // A loop, because Object.assign() takes twice as long for a dictionary, which is what axios makes of a configuration.
  for (const name of Object.keys(from)) copy[name] = config[name as keyof object];
  for (const key of Object.getOwnPropertySymbols(from)) copy[key] = Reflect.get(config, key);
}

/** Copies what `config` inherits, down to what every object inherits. */
function copyTemplates(copy: Record<PropertyKey, unknown>, config: object, template: object): void {
  if (isEveryonesPrototype(template)) return;
  const above = Object.getPrototypeOf(template);
  if (above !== null) copyTemplates(copy, config, above);
  for (const name of Object.getOwnPropertyNames(template)) {
    if (name !== 'constructor') copy[name] = config[name as keyof object];
  }
}

/** Object.prototype, that of another realm too. */
function isEveryonesPrototype(object: object): boolean {
  return Object.getPrototypeOf(object) === null && Object.hasOwn(object, 'isPrototypeOf');
}

/**
 * An object that inherits nothing of Object.prototype, as the configurations of later versions. V8 makes a dictionary of
 * an object without any prototype, and takes twice as long to fill and to read that.
 */
const Detached = function Detached() {} as unknown as new () => Record<PropertyKey, unknown>;
Detached.prototype = Object.create(null, {
  // The one method that axios keeps for old interceptors.
  hasOwnProperty: { value: Object.prototype.hasOwnProperty, writable: true },
});
