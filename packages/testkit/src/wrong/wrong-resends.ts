/** Bindings that send a request again which they must not, or do not where they should. */
import type { Credential } from '@keyturn/core';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';

const unprocessed =
  'sends a request again that the server has not processed, with the newest token';
const unprocessedHeaders =
  'sends a request again that the server has not processed, with the newest headers';

export const wrongResends: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      unprocessed,
      'fails where a kept connection closes',
      class extends ReferenceClient {
        protected override mayResend(): boolean {
          return false;
        }
      },
    ),
    unprocessedHeaders,
  ),
  alsoFails(
    wrongClient(
      unprocessedHeaders,
      'sends a request again as it was',
      class extends ReferenceClient {
        protected override mayResend(): boolean {
          return false;
        }

        protected override async transmit(
          passage: Passage,
          credential?: Credential,
        ): Promise<ReferenceAnswer> {
          try {
            return await super.transmit(passage, credential);
          } catch (error) {
            if (!super.mayResend(passage, error)) throw error;
            return super.transmit(passage, credential);
          }
        }
      },
    ),
    unprocessed,
  ),
  wrongClient(
    'sends no request again that the server may have processed',
    'sends everything again whose connection closes',
    class extends ReferenceClient {
      protected override mayResend(passage: Passage, error: unknown): boolean {
        return super.mayResend({ ...passage, method: 'GET' }, error);
      }
    },
  ),
];
