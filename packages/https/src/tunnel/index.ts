/** Tunnels through proxies, for clients that make their connections themselves. Loads nothing of the rest. */
export { ProxyTunnels, type TunnelOptions, tunnelsFor } from './proxy-tunnels.js';
export { type TunnelTarget, targetOfUrl } from './tunnel-target.js';
