import { type BindingSupport, createCredentialManager } from '@keyturn/core';
import { bindingScenes } from './binding-scenes.js';
import type { Ability, BindingUnderTest } from './binding-under-test.js';
import { checkSuite } from './check-suite.js';
import { inTime } from './expectations.js';
import type { Need, Scene } from './scene.js';
import { SceneFailure } from './scene-failure.js';
import { TestCertificates } from './test-certificates.js';
import { Theatre, type TheatreParts } from './theatre.js';

/** Registers one test: `test` of node:test, `it` of vitest, mocha and jest … */
export type RegisterTest = (name: string, play: () => Promise<void>) => unknown;

export interface TestBindingOptions<Client> extends BindingUnderTest<Client> {
  readonly test: RegisterTest;
  /** How long a scene waits for something that has to happen. Milliseconds, default 8_000; it fails then. */
  readonly limitMs?: number | undefined;
}

/**
 * Registers the promises that every binding keeps as tests, those that make sense for what the binding says it supports.
 *
 * Each scene starts what it needs on loopback and closes it; nothing is global. A binding that presents no
 * certificates is tested over plain http, because it may have no say in whom its client trusts.
 */
export function testBinding<Client>(options: TestBindingOptions<Client>): void {
  checkSuite('testBinding', options, ['test', 'bind', 'send']);
  const { test, limitMs = 8_000 } = options;
  const supports = supportOf(options);
  const parts = { adapter: options, supports, certificates: new TestCertificates(), limitMs };
  for (const scene of scenesFor(options, supports)) {
    test(`${options.name} ${scene.name}`, () => playScene(scene, parts));
  }
}

/**
 * Plays one scene and closes everything it has opened.
 * @throws {SceneFailure} when the binding does not keep its promise.
 */
export async function playScene<Client>(scene: Scene, parts: TheatreParts<Client>): Promise<void> {
  const theatre = new Theatre(parts);
  try {
    await inTime('the end of the scene', scene.play(theatre), parts.limitMs);
  } catch (error) {
    throw new SceneFailure(scene.name, error);
  } finally {
    await theatre.close();
  }
}

/** The scenes that make sense for a binding. */
export function scenesFor<Client>(
  adapter: BindingUnderTest<Client>,
  supports: BindingSupport,
): readonly Scene[] {
  const can = (ability: Ability): boolean => !adapter.lacks?.includes(ability);
  const has: Readonly<Record<Need, boolean>> = {
    ...supports,
    binds: can('binds'),
    roams: can('roams'),
    statuses: can('statuses'),
    bodies: can('bodies'),
    plainHttp: can('plainHttp'),
    keepsConnections: can('keepsConnections'),
    headers: can('headers'),
    resends: can('resends'),
    cachesFirst: can('cachesFirst'),
    hooks: adapter.watch !== undefined,
    retries: adapter.sendWithRetry !== undefined,
    caches: adapter.shareCache !== undefined,
  };
  return bindingScenes.filter(({ needs }) => needs.every((need) => has[need]));
}

/** Asks a binding that is made for nothing else, because tests have names before they run. */
export function supportOf<Client>({ bind }: BindingUnderTest<Client>): BindingSupport {
  const source = { name: 'unused', load: async () => ({ token: 'unused' }) };
  const url = 'https://localhost:1';
  try {
    const binding = bind(createCredentialManager({ source }), {
      url,
      origins: [url],
      maxSockets: 1,
    });
    binding.unbind();
    return binding.supports;
  } catch {
    // It has not been written yet, or does not work: then each scene says so.
    return { token: true, clientCertificate: true, replay: true };
  }
}
