/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
/** @typedef {import('../dist/peers/peer.js').Setting} Setting */
import { versionOf } from './version-of.mjs';

/** @param {Pick<Setting, 'command'>} setting */
const userOf = ({ command }) => ({
  name: 'bench',
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' },
});

/** @param {Setting} setting */
function kubeconfigOf(setting) {
  const { name, ...user } = userOf(setting);
  const cluster = {
    server: setting.url,
    'certificate-authority-data': Buffer.from(setting.ca).toString('base64'),
  };
  return JSON.stringify({
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: name } }],
    clusters: [{ name: 'bench', cluster }],
    users: [{ name, user }],
  });
}

/**
 * Either version of client-node: the same code over two packages.
 *
 * @param {string} alias
 * @param {{ CoreV1Api: any, KubeConfig: any, ExecAuth: any }} parts
 * @returns {Peer}
 */
export function clientNode(alias, { CoreV1Api, KubeConfig, ExecAuth }) {
  const version = versionOf(alias);
  return {
    name: 'client-node',
    version,
    does: { format: 'exec' },
    // Its authenticator alone: the cheapest way to a credential that it has.
    lookup(setting) {
      const authenticator = new ExecAuth();
      const user = userOf(setting);
      return () => authenticator.getCredential(user);
    },
    request(setting) {
      const config = new KubeConfig();
      config.loadFromString(kubeconfigOf(setting));
      const api = config.makeApiClient(CoreV1Api);
      return async () => {
        try {
          await api.listNamespace();
          return 200;
        } catch (error) {
          // A refusal has the status as its code; a broken connection has a word there.
          if (typeof error.code !== 'number') throw error;
          return error.code;
        }
      };
    },
  };
}
