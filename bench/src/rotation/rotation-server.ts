import { Child } from '../child.js';
import { identities } from '../identities.js';

/** The server of the rotation figures, as the one who started it sees it. */
export interface RotationServer extends AsyncDisposable {
  /** `https://localhost:PORT` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** From now on tokens below that number are refused. */
  revokeBelow(number: number): Promise<void>;
  openSockets(): Promise<number>;
  /** Requests that were answered with 401 so far. */
  refusals(): Promise<number>;
}

export async function startRotationServer(): Promise<RotationServer> {
  const child = new Child(new URL('./server-program.js', import.meta.url));
  const { server } = await identities();
  const port = await child.ask<number>('start', server);
  return {
    url: `https://localhost:${port}`,
    ca: server.ca,
    revokeBelow: (number) => child.ask('revokeBelow', number),
    openSockets: () => child.ask('openSockets'),
    refusals: () => child.ask('refusals'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
