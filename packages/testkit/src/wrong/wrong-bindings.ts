import type { WrongBinding } from './wrong-binding.js';
import { wrongCaches } from './wrong-caches.js';
import { wrongClosings } from './wrong-closings.js';
import { wrongConnections } from './wrong-connections.js';
import { wrongHeaders } from './wrong-headers.js';
import { wrongManners } from './wrong-manners.js';
import { wrongProxies } from './wrong-proxies.js';
import { wrongResends } from './wrong-resends.js';
import { wrongScopes } from './wrong-scopes.js';
import { wrongSnapshots } from './wrong-snapshots.js';
import { wrongTokens } from './wrong-tokens.js';
import { wrongTrusts } from './wrong-trusts.js';
import { wrongWaits } from './wrong-waits.js';

/** At least one for each scene, each wrong in one thing: a scene that nothing fails proves nothing. */
export const wrongBindings: readonly WrongBinding[] = [
  ...wrongTokens,
  ...wrongHeaders,
  ...wrongResends,
  ...wrongWaits,
  ...wrongClosings,
  ...wrongScopes,
  ...wrongConnections,
  ...wrongTrusts,
  ...wrongProxies,
  ...wrongManners,
  ...wrongSnapshots,
  ...wrongCaches,
];
