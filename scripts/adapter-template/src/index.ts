export { bindSample, type SampleClient } from './bind-sample.js';
export { type SampleModuleOptions, sampleClientToken, sampleModule } from './module.js';
