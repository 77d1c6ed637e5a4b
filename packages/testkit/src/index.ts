export type {
  Ability,
  BindingSetup,
  BindingUnderTest,
  SceneAnswer,
  SceneBody,
  SceneRequest,
} from './conformance/binding-under-test.js';
export { failedScenes } from './conformance/conformance-table.js';
export type { MintingSource } from './conformance/minting-source.js';
export { type OpenStage, openStage } from './conformance/open-stage.js';
export type { SourceUnderTest } from './conformance/source-under-test.js';
export type { StoreUnderTest } from './conformance/store-under-test.js';
export {
  type RegisterTest,
  type TestBindingOptions,
  testBinding,
} from './conformance/test-binding.js';
export { type TestSourceOptions, testSource } from './conformance/test-source.js';
export { type TestStoreOptions, testStore } from './conformance/test-store.js';
export type { RequestDetails, Stage, StageOptions } from './conformance/theatre.js';
export {
  type ControlledLoad,
  type ControlledSource,
  controlledSource,
} from './controlled-source.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export { type MemoryStoreOptions, memoryStore } from './memory-store.js';
export { type ExecCredentialOptions, execCredential } from './plugin/exec-credential.js';
export type { PluginConfig } from './plugin/plugin-config.js';
export {
  type PluginStep,
  type ScriptedPlugin,
  scriptedPlugin,
} from './plugin/scripted-plugin.js';
export { polluted } from './polluted.js';
export {
  CredentialIssuer,
  type CredentialIssuerParts,
  type IssuedCredential,
} from './server/credential-issuer.js';
export {
  type DemoClientView,
  type DemoServer,
  type DemoServerOptions,
  startDemoServer,
} from './server/demo-server.js';
export {
  type Http2ApiServer,
  type Http2ApiServerOptions,
  type Http2Report,
  startHttp2ApiServer,
} from './server/http2-api-server.js';
export type { RecordedRequest } from './server/recorded-request.js';
export { seededRandom } from './server/seeded-random.js';
export type { ServerProtocol } from './server/server-protocol.js';
export {
  startTestApiServer,
  type TestApiConnections,
  type TestApiServer,
  type TestApiServerOptions,
} from './server/test-api-server.js';
export {
  type ClientCertificateRequest,
  createTestAuthority,
  type TestAuthority,
} from './server/test-authority.js';
export {
  startTestProxy,
  type TestProxy,
  type TestProxyLogin,
  type TestProxyOptions,
  type TestTunnel,
} from './server/test-proxy.js';
