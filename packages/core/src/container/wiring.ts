import { Backoff } from '../lifecycle/backoff.js';
import { EventHub } from '../lifecycle/event-hub.js';
import { adaptiveExpiry } from '../lifecycle/expiry.js';
import { Journal } from '../lifecycle/journal.js';
import { Manager } from '../lifecycle/manager.js';
import { Patience } from '../lifecycle/patience.js';
import { Sometimes } from '../lifecycle/sometimes.js';
import type { CheckedManagerOptions } from './check-manager-options.js';
import type { ContainerModuleLoadOptions } from './inversify.js';
import type { CredentialTokens } from './tokens.js';
import { toClass, toFactory } from './typed-tokens.js';

/** The wiring table: part ← the parts it is made of. One credential, so nearly everything is a singleton. */
export function wire(
  { bind }: ContainerModuleLoadOptions,
  options: CheckedManagerOptions,
  tokens: CredentialTokens,
): void {
  const { clock, source, random, events, journal, backoff } = tokens;
  const configured = { options: tokens.options };

  bind(tokens.options).toConstantValue(options);
  bind(random).toConstantValue(Math.random);
  toFactory(
    bind(source),
    (parts: Configured) => parts.options.source,
    configured,
  ).inSingletonScope();
  toFactory(bind(clock), (parts: Configured) => parts.options.clock, configured).inSingletonScope();

  toFactory(
    bind(tokens.expiryPolicy),
    (parts: Configured & { readonly random: () => number }) =>
      adaptiveExpiry({ ...expiryOptions(parts.options), random: parts.random }),
    { ...configured, random },
  ).inSingletonScope();
  toFactory(
    bind(tokens.refusalLimit),
    (parts: Configured & { readonly clock: CheckedManagerOptions['clock'] }) =>
      new Sometimes(parts.options.refusalLimit, parts.clock),
    { ...configured, clock },
  ).inSingletonScope();

  toFactory(
    bind(tokens.patience),
    (parts: Configured & { readonly source: CheckedManagerOptions['source'] }) =>
      new Patience({ source: parts.source, giveUpAfter: parts.options.giveUpAfter }),
    { ...configured, source },
  ).inSingletonScope();

  toClass(bind(backoff), Backoff, { clock, random }).inTransientScope();
  bind(events)
    .toResolvedValue(() => new EventHub())
    .inSingletonScope();
  toClass(bind(journal), Journal, { clock, source, events }).inSingletonScope();
  toClass(bind(tokens.manager), Manager, {
    source,
    clock,
    expiryPolicy: tokens.expiryPolicy,
    refusalLimit: tokens.refusalLimit,
    waitedBackoff: backoff,
    backgroundBackoff: backoff,
    patience: tokens.patience,
    journal,
  }).inSingletonScope();
}

interface Configured {
  readonly options: CheckedManagerOptions;
}

function expiryOptions({
  refreshWindowMs,
  clockSkewMs,
}: CheckedManagerOptions): Pick<CheckedManagerOptions, 'refreshWindowMs' | 'clockSkewMs'> {
  return { refreshWindowMs, clockSkewMs };
}
