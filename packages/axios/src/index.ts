export type { AxiosLike } from './axios-shape.js';
export { bindAxios } from './bind-axios.js';
export { type AxiosModuleOptions, axiosClientToken, axiosModule } from './module.js';
