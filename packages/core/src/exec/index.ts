export type { RunFields } from './checked-run.js';
export {
  type CommandReader,
  type CommandRun,
  type CommandSourceOptions,
  commandSource,
} from './command-source.js';
export type {
  ExecApiVersion,
  ExecCluster,
  ExecConfig,
  ExecEnvironmentVariable,
  InteractiveMode,
} from './exec-config.js';
export { decodeExecCredential } from './exec-credential.js';
export type {
  PluginCallMessage,
  PluginCallStatus,
  PluginPolicyMessage,
} from './exec-diagnostics.js';
export { type ExecInfo, encodeExecCluster, encodeExecInfo } from './exec-info.js';
export { execSource } from './exec-source.js';
export type { ExecSourceOptions } from './make-exec-source.js';
export type { AllowlistEntry, PluginPolicy, PluginPolicyType } from './plugin-policy.js';
export type { PluginOutput, PluginRun } from './plugin-process.js';
export { readAzureToken } from './read-azure-token.js';
export { readBazelCredentials } from './read-bazel-credentials.js';
export { readGcloudToken } from './read-gcloud-token.js';
export { readJwt, readToken } from './read-token.js';
export { readVaultToken } from './read-vault-token.js';
export { parseRfc3339 } from './rfc3339.js';
export type { PluginRunner } from './run-plugin.js';
