export { type ObservedManagers, observeCredentials } from './observe-credentials.js';
