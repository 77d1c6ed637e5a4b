import { type Explanation, either, looser, messageOf, stricter } from './explanation.js';
import { minorOf } from './find-kubectls.js';
import { v1alpha1 } from './trial.js';

/** Every difference between kubectl and Keyturn that is meant. What this table does not cover fails the test. */
export const explained: readonly Explanation[] = [
  {
    why: 'A refused request is sent once more with the new token; kubectl delivers the first refusal.',
    decision: '0003-replay-once-after-a-refusal',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      trial.refused === true &&
      kubectlSaw.arrivals.length === 1 &&
      keyturnSaw.arrivals.map(({ authorization }) => authorization).join() ===
        'Bearer first,Bearer second',
  },
  {
    why: "The Cloud SDK's kubectl asks for the server's version first, and runs a plugin once more for it that failed or whose result has expired.",
    decision: '0013-kubectl-is-the-measure',
    covers: ({ kubectl, kubectlSaw, keyturnSaw, aspects }) =>
      kubectl.isDispatcher &&
      aspects.join() === 'number of plugin runs' &&
      kubectlSaw.runs.length > keyturnSaw.runs.length &&
      kubectlSaw.runs.length <= 3,
    isForSomeVersions: true,
  },
  {
    why: 'Older versions of Go take an offset of 25 hours for one; newer ones and Keyturn do not.',
    decision: '0013-kubectl-is-the-measure',
    covers: stricter('answer', 'expiry: "2099-01-02T15:04:05+25:00"'),
    isForSomeVersions: true,
  },
  {
    why: 'A token that begins with "Bearer" is sent as it is by kubectl, behind another "Bearer"; Keyturn says what is wrong.',
    decision: '0055-what-cannot-have-been-meant',
    covers: stricter('answer', 'token: "Bearer" before it'),
  },
  {
    why: 'kubectl tells a plugin about disable-compression since 1.26.',
    decision: '0013-kubectl-is-the-measure',
    covers: ({ trial, kubectl, aspects }) =>
      trial.name === 'cluster: no compression' &&
      minorOf(kubectl.version) < 26 &&
      aspects.join() === 'KUBERNETES_EXEC_INFO',
    isForSomeVersions: true,
  },
  {
    why: 'The YAML reader of Go refuses control characters, YAML 1.2 and keys that are no words, even where nobody reads them.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: ({ kubectlSaw, keyturnSaw }) =>
      keyturnSaw.refusal === undefined &&
      /control characters are not allowed|incompatible YAML|(?:unsupported|invalid) map key/i.test(
        messageOf(kubectlSaw),
      ),
  },
  {
    why: 'Binary values and line separators of Unicode are things of YAML 1.1 that no plugin prints.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: either(
      stricter('answer', 'YAML: a binary value'),
      stricter('kubeconfig', 'extension: a binary value'),
      ({ trial, aspects }) =>
        trial.name === 'extension: a line separator' && aspects.join() === 'KUBERNETES_EXEC_INFO',
    ),
  },
  {
    why: 'Of two equal keys the last one counts, whole; Go adds the second object to the first, and skips a second null.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: ({ trial, kubectlSaw, keyturnSaw }) => {
      const [theirs, ours] = [kubectlSaw, keyturnSaw].map(
        ({ arrivals }) => arrivals[0]?.authorization,
      );
      const isDouble = /"(status|token)"[\s\S]*"\1"/.test(String(trial.output ?? ''));
      return isDouble && (theirs === undefined || ours === undefined);
    },
  },
  {
    why: 'Behind a byte order mark client-go reads YAML, and its reader passes over a brace too many.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: stricter('answer', 'JSON: a byte order mark and broken JSON'),
  },
  {
    why: 'OpenSSL takes the label of a PEM block at its word, and Go does not.',
    decision: '0015-pem-is-read-by-openssl',
    covers: stricter(
      'answer',
      'pair: P-256, under a wrong label',
      'pair: P-256, under a label of its own',
      'pair: P-256, under the label of another type',
      'pair: RSA, under a wrong label',
      'pair: RSA, under a label of its own',
      'pair: RSA, under the label of another type',
    ),
  },
  {
    why: 'OpenSSL knows three labels for a certificate, and does not mind what stands before a block.',
    decision: '0015-pem-is-read-by-openssl',
    covers: looser(
      'pair: an X509 certificate',
      'pair: a trusted certificate',
      'pair: a byte order mark',
    ),
  },
  {
    why: 'OpenSSL takes no PEM with empty lines or headers inside, and does not look for a good block behind a broken one.',
    decision: '0015-pem-is-read-by-openssl',
    covers: stricter(
      'answer',
      'pair: empty lines inside',
      'pair: a header',
      'pair: a broken block first',
    ),
  },
  {
    why: 'The whole chain is read before anything is sent; kubectl leaves it to the server to refuse it.',
    decision: '0015-pem-is-read-by-openssl',
    covers: stricter('answer', 'pair: a chain that ends in garbage'),
  },
  {
    why: 'A token of letters beyond ASCII is refused at intake, because HTTP clients disagree on how to send it.',
    decision: '0016-tokens-are-ascii',
    covers: ({ kubectlSaw, keyturnSaw }) =>
      /[\x80-\xff]/.test(kubectlSaw.arrivals[0]?.authorization ?? '') &&
      /^ERR_CREDENTIAL_TOKEN/.test(messageOf(keyturnSaw)),
  },
  {
    why: 'What the system would refuse or cut short is said when the kubeconfig is read, and by the name of the field.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'args: null inside',
      'args: a NUL',
      'env: a NUL',
      'env: an equals sign in a name',
      'command: a NUL',
    ),
  },
  {
    why: 'A server that cannot be reached with a credential is an error of the kubeconfig, before any plugin runs.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'cluster: no scheme',
      'cluster: another scheme',
      'cluster: a port that is none',
      'cluster: a space before',
      'cluster: plain http elsewhere',
    ),
  },
  {
    why: 'What is not supported is refused: leaving it out would send the request as someone else or another way.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'cluster: a user in the URL',
      'user: a password too',
      'user: another to act as, in several groups',
      'user: no plugin and nothing else',
      'user: a plugin of null',
    ),
  },
  {
    why: 'The host of a server is written in lower case, as every URL is that JavaScript reads.',
    decision: '0072-the-address-of-a-server-is-a-url',
    covers: ({ trial, aspects }) =>
      trial.name === 'cluster: in upper case' && aspects.join() === 'requests that arrived',
  },
  {
    why: 'A plugin ends with its own exit, and prints no more than 1 MiB; kubectl waits for whoever holds its output.',
    decision: '0018-a-run-ends-with-the-plugin',
    covers: stricter(
      'answer',
      'leaves the printing to a process that outlives it',
      'prints 3 MiB of spaces first',
    ),
  },
  {
    why: 'Node hands a file of no known format to the shell, as execvp does; it fails there.',
    decision: '0018-a-run-ends-with-the-plugin',
    covers: stricter('exit', 'is no program'),
  },
  {
    why: 'v1alpha1 is spoken as client-go spoke it until 1.23.',
    decision: '0019-v1alpha1-is-spoken',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      trial.exec?.['apiVersion'] === v1alpha1 &&
      /invalid apiVersion/.test(messageOf(kubectlSaw)) &&
      keyturnSaw.refusal === undefined,
  },
  {
    why: 'A result that has expired is used for ten seconds; kubectl runs the plugin again for the handshake.',
    decision: '0020-expired-results-are-held',
    covers: ({ trial, aspects, kubectlSaw, keyturnSaw }) =>
      String(trial.output ?? '').includes('expirationTimestamp') &&
      aspects.join() === 'number of plugin runs' &&
      kubectlSaw.runs.length === 2 &&
      keyturnSaw.runs.length === 1,
  },
  {
    why: 'Plain http to loopback carries the token; kubectl leaves all credentials out without a word.',
    decision: '0021-plain-http-to-loopback-carries-a-token',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      trial.name === 'cluster: plain http' &&
      kubectlSaw.runs.length === 0 &&
      kubectlSaw.arrivals[0]?.authorization === undefined &&
      keyturnSaw.arrivals[0]?.authorization === 'Bearer a-token',
  },
];
