// node --import with-undici-8.mjs: has @keyturn/undici take the undici that stands here, as where npm installs one for both.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'undici'
      ? next(specifier, { ...context, parentURL: import.meta.url })
      : next(specifier, context),
});
