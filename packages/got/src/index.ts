export { bindGot } from './bind-got.js';
export type { GotLike } from './got-shape.js';
export { type GotModuleOptions, gotClientToken, gotModule } from './module.js';
