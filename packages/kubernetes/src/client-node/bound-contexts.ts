import { BoundContext, type ContextOptions } from './bound-context.js';
import { currentContextOf } from './kube-config-fields.js';
import type { KubeConfigLike } from './kube-config-shape.js';

/** The contexts of a KubeConfig that have been current since it was bound. */
export class BoundContexts {
  readonly #kubeConfig: KubeConfigLike;
  readonly #options: ContextOptions;
  readonly #byName = new Map<string, BoundContext>();
  #latest: BoundContext;
  #isOver = false;

  /** @throws {CredentialError} for what stands in the current context */
  constructor(kubeConfig: KubeConfigLike, options: ContextOptions) {
    this.#kubeConfig = kubeConfig;
    this.#options = options;
    this.#latest = this.#find();
  }

  /**
   * The one that is current now, or was in the end. One whose cluster or user has changed gives way to what they are now.
   * @throws {CredentialError} for what stands in a context that was not current before
   */
  get current(): BoundContext {
    return this.#isOver ? this.#latest : this.#find();
  }

  /**
   * The same, when its credentials are there: a failure of the source is that of the call, which the client would put into words of its
   * own later on.
   */
  async ready(): Promise<BoundContext> {
    const context = this.current;
    await context.credentials.current();
    return context;
  }

  end(): void {
    for (const context of this.#byName.values()) context.end();
    this.#isOver = true;
  }

  #find(): BoundContext {
    const current = currentContextOf(this.#kubeConfig, this.#options.anonymous);
    const known = this.#byName.get(current.name);
    if (known?.isOf(current)) {
      this.#latest = known;
      return known;
    }
    const context = new BoundContext(current, this.#options);
    this.#byName.set(current.name, context);
    this.#latest = context;
    known?.end();
    return context;
  }
}
