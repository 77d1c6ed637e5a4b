import { type BrokenKubeconfig, brokenKubeconfigs } from '../../kubeconfig/broken-kubeconfigs.js';
import { makeTestCertificates } from '../../kubeconfig/test-certificates.js';
import type { Trial } from '../trial.js';

/** Those whose sentences are a test of their own; nobody listens where they lead. */
export async function brokenTrials(): Promise<readonly Trial[]> {
  return brokenKubeconfigs(await makeTestCertificates()).map(trialOf);
}

function trialOf({ name, text, files, path = 'config', context }: BrokenKubeconfig): Trial {
  return {
    name: `broken: ${name}`,
    whole: {
      files: { ...files, ...(text !== undefined && { config: text }) },
      environment: { KUBECONFIG: `FOLDER/${path}` },
      ...(context !== undefined && { instead: { context } }),
    },
  };
}
