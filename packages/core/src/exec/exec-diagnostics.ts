import { channel } from 'node:diagnostics_channel';
import type { Clock } from '../contract.js';
import { type CredentialErrorCode, isCredentialError } from '../errors.js';
import { outcomeClassOf } from '../lifecycle/outcome-class.js';
import { outsideLoads } from '../lifecycle/running-load.js';

/** How a run of a plugin ended, in client-go's words. */
export type PluginCallStatus =
  | 'no_error'
  | 'plugin_execution_error'
  | 'plugin_not_found_error'
  | 'client_internal_error';

/**
 * Published on `keyturn:exec` when a plugin has been run, or could not be started. It counts processes as client-go
 * does: a plugin that ends well with an answer that nobody can read is `no_error` here and a failure on `keyturn:load`.
 */
export interface PluginCallMessage {
  readonly source: string;
  readonly callStatus: PluginCallStatus;
  /** Exit code of the plugin; -1 when a signal ended it, 1 when it was not started. */
  readonly exitCode: number;
  /** Code of the failure; absent where there was none. */
  readonly errorCode?: CredentialErrorCode;
  /** From the start to the end of the run. Milliseconds. */
  readonly durationMs: number;
}

/** Published on `keyturn:policy` when the plugin policy has been asked, which it is before every run. */
export interface PluginPolicyMessage {
  readonly source: string;
  readonly status: 'allowed' | 'denied';
}

const execChannel = channel('keyturn:exec');
const policyChannel = channel('keyturn:policy');

/** Runs a plugin with `run` and reports how that went. */
export async function reportCall<Output>(
  source: string,
  clock: Clock,
  run: () => Promise<Output>,
): Promise<Output> {
  const startedAt = clock.now();
  const publish = (ending: Ending): void => {
    if (!execChannel.hasSubscribers) return;
    const message = { source, ...ending, durationMs: Math.max(0, clock.now() - startedAt) };
    // The load that this is told in does not wait for what a subscriber does.
    outsideLoads(() => execChannel.publish(message));
  };
  try {
    const output = await run();
    publish({ callStatus: 'no_error', exitCode: 0 });
    return output;
  } catch (error) {
    publish(describeEnding(error));
    throw error;
  }
}

/** Asks the policy with `judge`, which throws where it denies, and reports the answer. */
export function reportPolicy(source: string, judge: () => void): void {
  const publish = (status: PluginPolicyMessage['status']): void => {
    if (!policyChannel.hasSubscribers) return;
    outsideLoads(() => policyChannel.publish({ source, status }));
  };
  try {
    judge();
  } catch (error) {
    publish('denied');
    throw error;
  }
  publish('allowed');
}

type Ending = Pick<PluginCallMessage, 'callStatus' | 'exitCode' | 'errorCode'>;

function describeEnding(error: unknown): Ending {
  if (!isCredentialError(error)) {
    return { callStatus: 'client_internal_error', exitCode: 1, errorCode: 'ERR_SOURCE_FAILED' };
  }
  const { code: errorCode } = error;
  const outcome = outcomeClassOf(errorCode);
  if (outcome === 'plugin_execution_error') {
    return { callStatus: outcome, exitCode: error.exitCode ?? -1, errorCode };
  }
  const isMissing = outcome === 'plugin_not_found_error';
  const callStatus = isMissing ? outcome : 'client_internal_error';
  return { callStatus, exitCode: 1, errorCode };
}
