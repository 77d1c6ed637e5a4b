export { bindGot, type GotLike } from './bind.js';
export { type GotModuleOptions, gotClientToken, gotModule } from './module.js';
