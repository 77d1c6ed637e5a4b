import { bodyScenes } from './body-scenes.js';
import { cacheScenes } from './cache-scenes.js';
import { callerScenes } from './caller-scenes.js';
import { certificateScenes } from './certificate-scenes.js';
import { closingScenes } from './closing-scenes.js';
import { crowdScenes } from './crowd-scenes.js';
import { headerScenes } from './header-scenes.js';
import { proxyScenes } from './proxy-scenes.js';
import { refusalScenes } from './refusal-scenes.js';
import { resendScenes } from './resend-scenes.js';
import type { Scene } from './scene.js';
import { scopeScenes } from './scope-scenes.js';
import { secretScenes } from './secret-scenes.js';
import { snapshotScenes } from './snapshot-scenes.js';
import { tokenScenes } from './token-scenes.js';
import { trustScenes } from './trust-scenes.js';
import { waitingScenes } from './waiting-scenes.js';

/** Every promise that a binding keeps. */
export const bindingScenes: readonly Scene[] = [
  ...tokenScenes,
  ...headerScenes,
  ...refusalScenes,
  ...bodyScenes,
  ...resendScenes,
  ...crowdScenes,
  ...waitingScenes,
  ...closingScenes,
  ...scopeScenes,
  ...certificateScenes,
  ...trustScenes,
  ...proxyScenes,
  ...secretScenes,
  ...callerScenes,
  ...snapshotScenes,
  ...cacheScenes,
];
