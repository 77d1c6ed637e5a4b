/** The binding alone, for programs that count milliseconds of start-up: the index loads a container for its module maker. */
export { bindGot } from './bind-got.js';
export type { GotLike } from './got-shape.js';
