import type { RequestConfig } from './axios-shape.js';

/** Copies a configuration the way axios keeps one: what it inherits from a template object counts as well. */
export function copyConfig(config: RequestConfig, changes: Partial<RequestConfig>): RequestConfig {
  const copy: Record<PropertyKey, unknown> = Object.create(Object.getPrototypeOf(config));
  // A loop, because Object.assign() takes twice as long for a dictionary, which is what axios makes of a configuration.
  for (const name in config) copy[name] = config[name as keyof RequestConfig];
  for (const key of Object.getOwnPropertySymbols(config)) copy[key] = Reflect.get(config, key);
  for (const name in changes) copy[name] = changes[name as keyof RequestConfig];
  // In later versions a configuration has no prototype, but keeps this one method for old interceptors.
  if (Object.hasOwn(config, 'hasOwnProperty'))
    Object.defineProperty(copy, 'hasOwnProperty', method);
  return copy as unknown as RequestConfig;
}

const method: PropertyDescriptor = {
  value: Object.prototype.hasOwnProperty,
  writable: true,
  configurable: true,
};
