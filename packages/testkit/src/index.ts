export type {
  BindingSetup,
  BindingUnderTest,
  SceneAnswer,
  SceneBody,
  SceneRequest,
} from './conformance/binding-under-test.js';
export type { MintingSource } from './conformance/minting-source.js';
export { type OpenStage, openStage } from './conformance/open-stage.js';
export type { SourceUnderTest } from './conformance/source-under-test.js';
export {
  type RegisterTest,
  type TestBindingOptions,
  testBinding,
} from './conformance/test-binding.js';
export { type TestSourceOptions, testSource } from './conformance/test-source.js';
export type { RequestDetails, Stage, StageOptions } from './conformance/theatre.js';
export {
  type ControlledLoad,
  type ControlledSource,
  controlledSource,
} from './controlled-source.js';
export {
  CredentialIssuer,
  type CredentialIssuerParts,
  type IssuedCredential,
} from './credential-issuer.js';
export {
  type DemoClientView,
  type DemoServer,
  type DemoServerOptions,
  startDemoServer,
} from './demo-server.js';
export { type ExecCredentialOptions, execCredential } from './exec-credential.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export type { PluginConfig } from './plugin-config.js';
export { polluted } from './polluted.js';
export type { RecordedRequest } from './recorded-request.js';
export {
  type PluginStep,
  type ScriptedPlugin,
  scriptedPlugin,
} from './scripted-plugin.js';
export {
  startTestApiServer,
  type TestApiConnections,
  type TestApiServer,
  type TestApiServerOptions,
} from './test-api-server.js';
export {
  type ClientCertificateRequest,
  createTestAuthority,
  type TestAuthority,
} from './test-authority.js';
