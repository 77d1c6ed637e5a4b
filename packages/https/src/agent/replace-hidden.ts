import type { ClientRequest } from 'node:http';

/** Gives `request` a method of its own, which whoever prints it does not see. */
export function replaceHidden(
  request: ClientRequest,
  name: 'destroy' | 'emit' | 'end' | 'write',
  value: unknown,
): void {
  Object.defineProperty(request, name, { value, writable: true, configurable: true });
}
