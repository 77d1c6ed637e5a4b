/** What node:util calls `inspect.custom`. Importing that takes longer than all of the lifecycle. */
export const inspectCustom: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;
