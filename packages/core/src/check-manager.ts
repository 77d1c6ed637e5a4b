import { describe } from './options.js';

/**
 * Refuses, where a manager is wanted, the things that people have in hand instead, and says how to make a manager of them.
 * @param caller name of the function, for the message
 * @throws {TypeError} saying what was given and never quoting it.
 */
export function checkManager(caller: string, manager: unknown): void {
  if (has(manager, 'current') && has(manager, 'invalidate')) return;
  const [what, advice] = misplaced(manager) ?? [describe(manager), make('{ source }')];
  throw new TypeError(`${caller} takes a credential manager, not ${what}. ${advice}`);
}

function misplaced(value: unknown): readonly [what: string, advice: string] | undefined {
  if (has(value, 'load')) return ['a credential source', make('{ source }')];
  if (has(value, 'then')) return ['a promise', 'Put "await" before it.'];
  if (isObject(value) && has(value['manager'], 'current')) {
    return ['the lease on one', 'Give it the "manager" of the lease.'];
  }
  if (isObject(value) && has(value['source'], 'load')) {
    return ['a loaded kubeconfig', `${make('{ source }')} The source is in it.`];
  }
  // A client often is a function.
  if (has(value, 'request') || has(value, 'dispatch')) {
    return ['an HTTP client', 'Look at the order of the arguments.'];
  }
  if (typeof value === 'function') return ['a function', make('{ source: theFunction }')];
  return undefined;
}

function make(options: string): string {
  return `Make one with "createCredentialManager(${options})".`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function has(value: unknown, method: string): boolean {
  return isObject(value) && typeof value[method] === 'function';
}
