// What each guide to a cluster is tried with. `block` counts the code of the guide from 0: with the kubeconfig, without one. A trial
// prints something, or fails with a code or with words of the plugin, which the guide has to name. `needs` is what has to be
// installed; where no registry that we use has a plugin, a stand-in answers as it would.
import {
  aws,
  google,
  keptByGke,
  none,
  pathWith,
  serviceAccount,
  standIn,
} from './environments.mjs';

/** What is printed by a block that prints a credential, which is a token or a certificate. */
const expiryOf = (carried) =>
  new RegExp(`Credential \\{[^}]*'${carried}'[^}]*expiresAt: '\\d{4}-\\d\\d-\\d\\dT`);
const expiry = expiryOf('token');
/** What is printed by a block that lists namespaces. */
const namespaces = /\{ items: \[ 'default' \] \}/;

const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
const bearer = (token) => ({ status: { token, expirationTimestamp } });

const keys =
  'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-secret\n';
const prod = (lines) => aws(`[profile prod]\n${lines}`);
const sso =
  'sso_start_url = https://d.awsapps.com/start\nsso_region = eu-central-1\nsso_account_id = 1\nsso_role_name = r\n';
const mfa = `role_arn = arn:aws:iam::1:role/r\nsource_profile = me\nmfa_serial = arn:aws:iam::1:mfa/me\n[profile me]\n${keys}`;

const eks = {
  page: 'connect-to-eks.md',
  needs: ['aws'],
  trials: [
    { block: 1, env: () => prod(keys), prints: expiry },
    { block: 0, env: () => prod(keys), prints: namespaces, sends: 'k8s-aws-v1.' },
    { block: 1, env: () => aws(), says: 'The config profile (prod) could not be found' },
    { block: 1, env: () => prod(''), says: 'Unable to locate credentials' },
    { block: 1, env: () => prod(sso), says: 'Error loading SSO Token' },
    { block: 0, env: () => prod(mfa), says: 'Enter MFA code' },
    { block: 0, env: () => pathWith(), code: 'ERR_EXEC_NOT_FOUND', needs: [] },
  ],
};

const accountFile = (file) => google({ GOOGLE_APPLICATION_CREDENTIALS: file });
const gke = (issuer) => ({
  page: 'connect-to-gke.md',
  needs: ['gke-gcloud-auth-plugin'],
  trials: [
    {
      block: 0,
      env: () => google(),
      needs: ['gke-gcloud-auth-plugin', 'gcloud'],
      says: 'You do not currently have an active account selected',
    },
    {
      block: 0,
      env: () => google({ CLOUDSDK_AUTH_ACCESS_TOKEN: 'ya29.nobody' }),
      ...{ prints: namespaces, sends: 'ya29.nobody' },
    },
    { block: 1, env: () => accountFile(serviceAccount(issuer)), prints: expiry },
    { block: 1, env: () => accountFile(none), says: 'no such file or directory' },
    {
      block: 0,
      env: () => google(pathWith('gke-gcloud-auth-plugin')),
      says: 'executable file not found in $PATH',
    },
    { block: 0, env: () => pathWith(), code: 'ERR_EXEC_NOT_FOUND', hints: true, needs: [] },
    // Without an account, so that the plugin has not asked gcloud. Last, because it stays there.
    {
      block: 0,
      env: (folder) => google(keptByGke(folder)),
      prints: namespaces,
      sends: 'ya29.kept',
    },
  ],
});

const ofEntra = () => standIn('kubelogin', bearer('of-entra'));
const aks = {
  page: 'connect-to-aks.md',
  trials: [
    { block: 0, env: ofEntra, prints: namespaces, sends: 'of-entra' },
    { block: 1, env: ofEntra, prints: expiry },
    { block: 0, env: () => pathWith(), code: 'ERR_EXEC_NOT_FOUND', hints: true },
  ],
};

const tells = 'Please visit the following URL in your browser: https://issuer.example/device\n';
const oidc = {
  page: 'log-in-with-oidc.md',
  needs: ['kubectl'],
  trials: [
    {
      // kubectl itself finds the plugin, by its name.
      block: 1,
      env: () => standIn('kubectl-oidc_login', { ...bearer('of-oidc'), tells }, 'kubectl'),
      ...{ prints: expiry, tells },
    },
    {
      block: 0,
      env: () => standIn('kubectl-oidc_login', bearer('of-oidc'), 'kubectl'),
      ...{ prints: namespaces, sends: 'of-oidc' },
    },
    {
      block: 1,
      env: () => pathWith('kubectl'),
      says: 'unknown command "oidc-login" for "kubectl"',
    },
    { block: 0, env: () => pathWith(), code: 'ERR_EXEC_NOT_FOUND', hints: true, needs: [] },
  ],
};

function teleport({ certificate, privateKey }) {
  const status = { clientCertificateData: certificate, clientKeyData: privateKey };
  const ofTeleport = () => standIn('tsh', { status: { ...status, expirationTimestamp } });
  return {
    page: 'connect-through-teleport.md',
    trials: [
      { block: 0, env: ofTeleport, prints: namespaces },
      { block: 1, env: ofTeleport, prints: expiryOf('clientCertificate') },
      { block: 0, env: () => pathWith(), code: 'ERR_EXEC_NOT_FOUND' },
    ],
  };
}

/** @param issuer gives tokens to a service account; @param clientCertificate is one that the server knows. */
export const guides = ({ issuer, clientCertificate }) => [
  eks,
  gke(issuer),
  aks,
  oidc,
  teleport(clientCertificate),
];

/** What a trial is to show, in words. */
export function describe({ block, prints, says, code }) {
  const which = block === 0 ? 'the code with the kubeconfig' : 'the code without one';
  if (prints === namespaces) return `${which} lists namespaces`;
  return prints === undefined
    ? `${which} ends in "${says ?? code}"`
    : `${which} prints when the credential expires`;
}
