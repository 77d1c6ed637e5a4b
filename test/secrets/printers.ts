/** Every way in which programs turn a value into something that others read. */

import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { dataOf, walk } from './walk.js';

export interface Printer {
  readonly name: string;
  /**
   * Whether it comes to the parts of a thing by itself, and takes its time. `always`: it comes to everything that any
   * other comes to, so that the others may take turns.
   */
  readonly deep?: 'always' | 'in turn';
  /** Whether there is much that it does not take: cycles, functions. */
  readonly isStrict?: boolean;
  /** Returns what is printed; throws where this way of printing cannot take the value. */
  print(value: unknown): string | Uint8Array;
}

/**
 * As deep as inspect goes. It prints a thing once for each way that leads there, and where requests share an agent, the ways are
 * without number (so they are for a bare client). The walk, which goes to a thing once, goes on.
 */
const depth = 6;

const everything = {
  depth,
  showHidden: true,
  maxStringLength: null,
  // A token has no more bytes than that.
  maxArrayLength: 300,
};

type Print = Printer['print'];

const ways: Readonly<Record<string, Print>> = {
  'console.log': printed((to, value) => to.log(value)),
  'console.error of a pair': printed((to, value) => to.error('it failed', value)),
  'console.dir': printed((to, value) => to.dir(value)),
  'console.dir, deep': printed((to, value) => to.dir(value, { depth })),
  'console.dir, showHidden': printed((to, value) => to.dir(value, { depth: 5, showHidden: true })),
  'console.table': printed((to, value) => to.table(value)),
  'console.table of a list': printed((to, value) => to.table([value])),
  'util.inspect': (value) => inspect(value),
  'util.inspect of everything': (value) => inspect(value, everything),
  'util.inspect with getters': (value) =>
    inspect(value, { ...everything, depth: 5, getters: true }),
  'util.inspect of a proxy': (value) =>
    inspect(isObject(value) ? new Proxy(value, {}) : value, { depth, showProxy: true }),
  'util.inspect of a copy': (value) => inspect(isObject(value) ? { ...value } : value, { depth }),
  'util.inspect of all own properties': (value) =>
    inspect(isObject(value) ? Object.getOwnPropertyDescriptors(value) : value, { depth }),
  'util.format': (value) => format('%o %O %j %s', value, value, isCircular(value) || value, value),
  'JSON.stringify': (value) => JSON.stringify(value) ?? '',
  'JSON.stringify without cycles': (value) => JSON.stringify(value, withoutCycles()) ?? '',
  'JSON.stringify of hidden properties': (value) => JSON.stringify(dataOf(value)) ?? '',
  'v8.serialize': (value) => serialize(value),
  'v8.serialize of the data': (value) => serialize(dataOf(value)),
  structuredClone: (value) => inspect(structuredClone(value), everything),
  'a message to a worker': (value) => inspect(sent(value), everything),
  'a message of the data': (value) => inspect(sent(dataOf(value)), everything),
  'its stack': (value) => `${isObject(value) ? Reflect.get(value, 'stack') : ''}${text(value)}`,
  'its toJSON': (value) => inspect(toJson(value), everything),
  'a walk over getters': (value) => walk(value).join('\n'),
};

const always: ReadonlySet<string> = new Set(['util.inspect of everything', 'a walk over getters']);

const inTurn: ReadonlySet<string> = new Set([
  ...['console.dir, deep', 'console.dir, showHidden'],
  ...['util.inspect with getters', 'util.inspect of all own properties'],
  ...['JSON.stringify of hidden properties', 'v8.serialize of the data', 'a message of the data'],
  ...['util.inspect of a copy', 'its toJSON'],
]);

const strict: ReadonlySet<string> = new Set([
  ...['JSON.stringify', 'v8.serialize', 'structuredClone', 'a message to a worker'],
]);

export const printers: readonly Printer[] = Object.entries(ways).map(([name, print]) => ({
  name,
  print,
  isStrict: strict.has(name),
  ...(always.has(name) && { deep: 'always' }),
  ...(inTurn.has(name) && { deep: 'in turn' }),
}));

function printed(print: (to: Console, value: unknown) => void): Print {
  return (value) => {
    let shown = '';
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        shown += chunk;
        done();
      },
    });
    print(new Console({ stdout: stream, stderr: stream, ignoreErrors: false }), value);
    return shown;
  };
}

function withoutCycles(): (key: string, value: unknown) => unknown {
  const seen = new WeakSet();
  return (_key, value) => {
    if (!isObject(value)) return typeof value === 'bigint' ? String(value) : value;
    if (seen.has(value)) return '[Circular]';
    seen.add(value);
    return value;
  };
}

// `%j` throws for more than cycles; what JSON.stringify does with those is looked at by itself.
function isCircular(value: unknown): string | false {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return '[no JSON]';
  }
}

/** What a worker would receive: its end of a channel is read at once. */
function sent(value: unknown): unknown {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(value);
    return receiveMessageOnPort(port2)?.message;
  } finally {
    port1.close();
  }
}

function toJson(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value) : undefined;
}

function text(value: unknown): string {
  return isObject(value) && Object.getPrototypeOf(value) === null ? '' : String(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
