import type { RequestConfig } from './axios-shape.js';

/** Copies a configuration the way axios keeps one: what it inherits from a template object counts as well. */
export function copyConfig(config: RequestConfig, changes: Partial<RequestConfig>): RequestConfig {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(config)), config, changes);
  // In later versions a configuration has no prototype, but keeps this one method for old interceptors.
  if (Object.hasOwn(config, 'hasOwnProperty'))
    Object.defineProperty(copy, 'hasOwnProperty', method);
  return copy;
}

const method: PropertyDescriptor = {
  value: Object.prototype.hasOwnProperty,
  writable: true,
  configurable: true,
};
