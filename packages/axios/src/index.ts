export { type AxiosLike, bindAxios } from './bind.js';
export { type AxiosModuleOptions, axiosClientToken, axiosModule } from './module.js';
