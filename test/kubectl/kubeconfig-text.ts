import { type ServerAddress, type Trial, v1 } from './trial.js';

/** Writes the kubeconfig that both programs get: YAML, whose parts are JSON except the extensions. */
export function kubeconfigText(trial: Trial, server: ServerAddress): string {
  const cluster = defined({
    server: server.url,
    'certificate-authority-data': Buffer.from(server.ca).toString('base64'),
    ...trial.cluster?.(server),
  });
  const exec = defined({
    command: './plugin',
    apiVersion: v1,
    interactiveMode: 'Never',
    ...trial.exec,
  });
  const user = defined({ exec, ...trial.user });
  const extensions = trial.extensions === undefined ? '' : `, extensions: ${trial.extensions}`;
  return [
    'apiVersion: v1',
    'kind: Config',
    'current-context: here',
    'contexts: [{ name: here, context: { cluster: there, user: me } }]',
    `clusters: [{ name: there, cluster: { ${inFlow(cluster)}${extensions} } }]`,
    `users: [{ name: me, user: { ${inFlow(user)} } }]`,
    '',
  ].join('\n');
}

/** The fields of an object, as they stand between braces. */
function inFlow(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields).slice(1, -1);
}

function defined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
