export { observeCredentials } from './observe-credentials.js';
export type { ObservedManagers } from './watch-managers.js';
