/** The binding alone, for programs that count milliseconds of start-up: the index loads a container for its module maker. */
export type { AxiosLike } from './axios-shape.js';
export { bindAxios } from './bind-axios.js';
