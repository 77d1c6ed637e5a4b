import { describe } from 'vitest';
import { bodyScenes } from './body-scenes.js';
import { certificateScenes } from './certificate-scenes.js';
import { crowdScenes } from './crowd-scenes.js';
import { refusalScenes } from './refusal-scenes.js';
import { scopeScenes } from './scope-scenes.js';
import { secretScenes } from './secret-scenes.js';
import type { Subject } from './subject.js';
import { tokenScenes } from './token-scenes.js';
import { waitingScenes } from './waiting-scenes.js';

/** The promises that every binding keeps. Call it at the top of a test file. */
export function bindingScenes<Client>(subject: Subject<Client>): void {
  describe(`${subject.name}: token`, () => tokenScenes(subject));
  describe(`${subject.name}: refusals`, () => refusalScenes(subject));
  describe(`${subject.name}: bodies`, () => bodyScenes(subject));
  describe(`${subject.name}: many callers`, () => crowdScenes(subject));
  describe(`${subject.name}: waiting`, () => waitingScenes(subject));
  describe(`${subject.name}: scope`, () => scopeScenes(subject));
  describe(`${subject.name}: certificate`, () => certificateScenes(subject));
  describe(`${subject.name}: secrets`, () => secretScenes(subject));
}
