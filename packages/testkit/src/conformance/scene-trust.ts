import type { Trust, TrustSource } from '@keyturn/core';

/** A trust that a scene rotates. */
export interface SceneTrust extends TrustSource {
  /** How often it was told that a server cannot be verified. */
  readonly refreshes: number;
  /** Gives this PEM text from now on. */
  rotate(pem: string): void;
  /** Gives this PEM text as soon as somebody tells it that a server cannot be verified. */
  rotateWhenAsked(pem: string): void;
}

export function sceneTrust(pem: string): SceneTrust {
  let trust: Trust = { generation: 1, pem };
  let next: string | undefined;
  let refreshes = 0;
  const rotate = (renewed: string): void => {
    trust = { generation: trust.generation + 1, pem: renewed };
  };
  return {
    name: 'the trust of a scene',
    get refreshes() {
      return refreshes;
    },
    peek: () => trust,
    refresh: async () => {
      refreshes += 1;
      if (next !== undefined) rotate(next);
      next = undefined;
    },
    rotate,
    rotateWhenAsked: (renewed) => {
      next = renewed;
    },
  };
}
