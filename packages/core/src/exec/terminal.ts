import { nodeFs } from './node-fs.js';

/**
 * Tells whether standard input is a terminal. Asked at every run: it may have been one when the source was made.
 * node:tty brings all of node:net along, so it is loaded when first asked.
 */
export function isStdinTerminal(): boolean {
  return process.getBuiltinModule('node:tty').isatty(0);
}

/** Tells whether this process belongs to a terminal, so that it can open `/dev/tty` wherever its input comes from. */
export function hasTerminal(): boolean {
  if (process.platform === 'win32') return false;
  const { O_RDONLY, O_NOCTTY, O_NONBLOCK } = nodeFs().constants;
  try {
    nodeFs().closeSync(nodeFs().openSync('/dev/tty', O_RDONLY | O_NOCTTY | O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
