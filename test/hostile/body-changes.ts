import type { Readable } from 'node:stream';
import type { CredentialManager } from '@keyturn/core';
import {
  type Change,
  type ChangeableCall,
  changeableBytes,
  evilBody,
  judged,
  judgedForm,
  type Places,
} from './hostile-client.js';

type Body = Uint8Array | URLSearchParams | FormData;

/**
 * The bodies that every client of plain bytes takes, each changed in place.
 * @param callWith makes the judged call with the body given
 */
export function bodyChanges(
  callWith: (body: Body) => (manager: CredentialManager, places: Places) => ChangeableCall,
): readonly Change[] {
  const bodies: Readonly<
    Record<string, () => { readonly body: Body; readonly change: () => void }>
  > = {
    Buffer: () => {
      const { bytes, change } = changeableBytes();
      return { body: bytes, change };
    },
    Uint8Array: () => {
      const { bytes, change } = changeableBytes();
      return { body: new Uint8Array(bytes.buffer), change };
    },
    'URLSearchParams as body': () => {
      const body = new URLSearchParams({ body: judged.body });
      return { body, change: () => body.set('body', evilBody) };
    },
    FormData: () => {
      const { form, change } = judgedForm();
      return { body: form, change };
    },
  };
  return Object.entries(bodies).map(([what, make]) => ({
    what,
    call: (manager, places) => {
      const { body, change } = make();
      return { ...callWith(body)(manager, places), change };
    },
  }));
}

/** Reads an answer to its end; fails where it refuses. */
export async function answered(status: number | undefined, answer: Readable): Promise<unknown> {
  for await (const _ of answer);
  if (status !== 200) throw new Error(`The answer has status ${status}.`);
  return status;
}
