import type { Aspect } from './aspects.js';
import type { Kubectl } from './find-kubectls.js';
import type { Observation } from './observation.js';
import type { Trial } from './trial.js';

/** A trial that came out in two ways. */
export interface Difference {
  readonly trial: Trial;
  readonly kubectl: Kubectl;
  readonly aspects: readonly Aspect[];
  readonly kubectlSaw: Observation;
  readonly keyturnSaw: Observation;
}

/** Says what was tried and what came of it. Key material is left out. */
export function describeDifference(difference: Difference): string {
  const { trial, kubectl, aspects, kubectlSaw, keyturnSaw } = difference;
  const { output, exec, user, extensions, whole } = trial;
  const tried = {
    output: output === undefined ? undefined : textOf(output),
    exec,
    user,
    extensions,
    whole,
  };
  return [
    `"${trial.name}" with kubectl ${kubectl.version}: ${aspects.join(', ')}`,
    `  tried    ${shortened(JSON.stringify(tried))}`,
    `  kubectl  ${verdictOf(kubectlSaw, aspects)}`,
    `  keyturn  ${verdictOf(keyturnSaw, aspects)}`,
  ].join('\n');
}

function verdictOf({ runs, arrivals, refusal }: Observation, aspects: readonly Aspect[]): string {
  const verdict =
    refusal === undefined
      ? `sent ${JSON.stringify(arrivals)}`
      : `refused (${refusal.step}): ${refusal.message}`;
  const [first] = runs;
  const given = [
    ...(aspects.includes('KUBERNETES_EXEC_INFO') ? [first?.execInfo] : []),
    ...(aspects.includes('arguments, environment and directory of the plugin')
      ? [first?.args, first?.environment, first?.directory]
      : []),
  ];
  const told = given.length === 0 ? '' : `; the plugin was given ${JSON.stringify(given)}`;
  return shortened(`ran the plugin ${runs.length} time(s) and ${verdict}${told}`);
}

function textOf(output: string | Uint8Array): string {
  return typeof output === 'string' ? output : Buffer.from(output).toString('latin1');
}

function shortened(text: string): string {
  const open = text.replaceAll(/-----BEGIN [A-Z0-9 ]+-----(?:(?!-----END)[\s\S])*/g, '[PEM]');
  return open.length > 1_500 ? `${open.slice(0, 1_500)}…` : open;
}
