import { CredentialError } from '../errors.js';
import type { CheckedExecConfig } from './exec-config.js';
import { hasTerminal, isStdinTerminal } from './terminal.js';

type Interaction = Pick<
  CheckedExecConfig,
  'interactiveMode' | 'stdinUnavailable' | 'stdinUnavailableMessage'
>;

/** Tells whether a plugin may ask somebody something. */
export function mayAsk({ interactiveMode }: Interaction): boolean {
  return interactiveMode !== 'Never';
}

/** Tells whether somebody may be there to answer a plugin. */
export function isInteractive(config: Interaction): boolean {
  return mayAsk(config) && (canRead(config) || hasTerminal());
}

function canRead({ stdinUnavailable }: Interaction): boolean {
  return !stdinUnavailable && isStdinTerminal();
}

/**
 * Tells whether a plugin gets standard input.
 * @throws {CredentialError} ERR_EXEC_INTERACTIVE when it cannot do without.
 */
export function decideInteractive(config: Interaction): boolean {
  const { interactiveMode, stdinUnavailable, stdinUnavailableMessage } = config;
  if (interactiveMode !== 'Always') return mayAsk(config) && canRead(config);
  if (!isStdinTerminal()) throw notInteractive('standard input is not a terminal');
  if (!stdinUnavailable) return true;
  const reason = stdinUnavailableMessage === '' ? '' : `: ${stdinUnavailableMessage}`;
  throw notInteractive(`standard input is unavailable${reason}`);
}

/** What becomes of the terminal, if there is one, while a plugin runs. */
export function decideTerminal(
  config: Interaction,
  interactive: boolean,
): 'shared' | 'withheld' | undefined {
  if (!interactive && !hasTerminal()) return undefined;
  return mayAsk(config) ? 'shared' : 'withheld';
}

function notInteractive(reason: string): CredentialError {
  return new CredentialError(
    'ERR_EXEC_INTERACTIVE',
    `exec plugin cannot support interactive mode: ${reason}.`,
  );
}
