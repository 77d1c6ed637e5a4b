export { type BindHttpsOptions, bindHttps } from './bind-https.js';
export { concealRequest, hideRequest } from './conceal.js';
export type { ConnectionCounts, DrainMessage } from './connection-drain.js';
export { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';
export type { HttpsClient, HttpsRequestOptions } from './https-client.js';
export { type HttpsModuleOptions, httpsClientToken, httpsModule } from './module.js';
export { optionsOfNodeAgent } from './node-agent.js';
export type { HttpsRequestBody } from './request-body.js';
