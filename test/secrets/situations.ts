/** What can become of a request. */

import type { Scheme } from './world.js';

export interface Situation {
  readonly name: string;
  readonly path: string;
  /** Default: those of the client. */
  readonly schemes?: readonly Scheme[];
  readonly body?: string;
  /** Instead of the server. */
  readonly at?: 'nobody' | 'deaf';
  readonly abort?: 'at once' | 'on the way' | 'when it has arrived';
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Whom the client trusts; false: no authority of ours. */
  readonly trusts?: false;
  readonly proxy?: 'nobody' | 'refusing';
  readonly life?: 'unbound' | 'closed' | 'without a source';
  /** Another request of the same client is under way meanwhile, and more wait behind it. */
  readonly amongOthers?: true;
}

const tls: readonly Scheme[] = ['https', 'h2', 'grpc'];
const http1: readonly Scheme[] = ['https', 'http'];

export const situations: readonly Situation[] = [
  { name: 'answered', path: '/fine' },
  { name: 'answered, with a body', path: '/fine', body: '{"a":1}' },
  { name: 'answered among others', path: '/fine', amongOthers: true },
  { name: 'refused', path: '/refused' },
  { name: 'refused, with a body', path: '/refused', body: '{"a":1}' },
  { name: 'replayed', path: '/replayed' },
  { name: 'answered with 500', path: '/error' },
  { name: 'redirected', path: '/redirected' },
  { name: 'sent away', path: '/sent-away' },
  { name: 'redirected in a circle', path: '/in-a-circle' },
  { name: 'redirected to nowhere', path: '/to-nowhere' },
  { name: 'cut before the answer', path: '/cut' },
  { name: 'cut in the answer', path: '/half' },
  { name: 'aborted at once', path: '/hang', abort: 'at once' },
  { name: 'aborted on the way', path: '/hang', abort: 'on the way' },
  { name: 'aborted when it has arrived', path: '/hang', abort: 'when it has arrived' },
  { name: 'aborted among others', path: '/hang', abort: 'when it has arrived', amongOthers: true },
  { name: 'aborted in the answer', path: '/slow', abort: 'when it has arrived' },
  { name: 'timed out', path: '/hang', timeoutMs: 60 },
  { name: 'timed out in the answer', path: '/slow', timeoutMs: 60 },
  { name: 'nobody listens', path: '/fine', at: 'nobody' },
  { name: 'nobody listens, with a body', path: '/fine', at: 'nobody', body: '{"a":1}' },
  { name: 'aborted while it connects', path: '/fine', at: 'deaf', abort: 'on the way' },
  { name: 'timed out while it connects', path: '/fine', at: 'deaf', timeoutMs: 60 },
  { name: 'a server that is not trusted', path: '/fine', trusts: false, schemes: tls },
  { name: 'no proxy there', path: '/fine', proxy: 'nobody', schemes: ['https'] },
  { name: 'refused by a proxy', path: '/fine', proxy: 'refusing', schemes: ['https'] },
  { name: 'answered with no HTTP', path: '/garbage', schemes: http1 },
  { name: 'answered with too much', path: '/large', maxBytes: 1000 },
  { name: 'answered with broken JSON', path: '/broken-json' },
  { name: 'answered with broken gzip', path: '/broken-gzip' },
  { name: 'after unbind()', path: '/fine', life: 'unbound' },
  { name: 'after close()', path: '/fine', life: 'closed' },
  { name: 'without a source', path: '/fine', life: 'without a source' },
];
