/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromProcess } from '@aws-sdk/credential-provider-process';
import {
  createIsIdentityExpiredFunction,
  doesIdentityRequireRefresh,
  isIdentityExpired,
  memoizeIdentityProvider,
} from '@smithy/core';
import { versionOf } from './version-of.mjs';

/** A profile of its own, so that nobody's real one is read. @param {string} command */
function providerOf(command) {
  const file = join(dirname(command), 'aws-profile');
  writeFileSync(file, `[bench]\ncredential_process = "${command}"\n`);
  return fromProcess({ profile: 'bench', filepath: file, configFilepath: file });
}

const version = versionOf('@aws-sdk/credential-provider-process');

/** As the SDK's clients put it together; signing is not a header, so there is nothing to send. @type {Peer} */
export const peer = {
  name: 'AWS fromProcess',
  version,
  does: { format: 'aws', window: { lifetimeMs: 60_000, opensMs: 300_000, closesMs: 0 } },
  lookup: ({ command }) =>
    memoizeIdentityProvider(providerOf(command), isIdentityExpired, doesIdentityRequireRefresh),
};

/** With a window that fits the lifetime, for whoever puts the memoize together himself. @type {Peer} */
export const fitted = {
  name: 'AWS, window fitted',
  version,
  does: { format: 'aws' },
  lookup({ command, lifetimeMs }) {
    const isExpired = createIsIdentityExpiredFunction(0.2 * lifetimeMs);
    return memoizeIdentityProvider(providerOf(command), isExpired, doesIdentityRequireRefresh);
  },
};
