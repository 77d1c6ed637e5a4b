import type { Difference } from './difference.js';
import { type Explanation, either, looser, messageOf, stricter } from './explanation.js';
import { v1alpha1 } from './trial.js';

/** Every difference between kubectl and Keyturn over whole kubeconfigs that is meant. */
export const explainedKubeconfigs: readonly Explanation[] = [
  {
    why: 'Where no server is chosen, kubectl turns to http://localhost:8080 as nobody; Keyturn says what is missing.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: ({ kubectlSaw, keyturnSaw }) =>
      /http:\/\/localhost:8080\/|localhost:8080 was refused/.test(messageOf(kubectlSaw)) &&
      keyturnSaw.refusal?.step === 'kubeconfig',
  },
  {
    why: 'A server that cannot be reached with a credential is an error of the kubeconfig, before anything is asked.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'server: no scheme',
      'server: another scheme',
      'server: backslashes',
      'server: a blank at the start',
      'server: a line break at the end',
      'server: a port too high',
      'server: plain http elsewhere',
      'broken: a server without a scheme',
      'broken: a server of another scheme',
      'broken: a server with backslashes',
      'broken: a port that is too high',
      'broken: a line break in the server',
      'broken: a server that a reader should have filled in',
      'broken: a server in clear text',
    ),
  },
  {
    why: 'What is not supported is refused: leaving it out would send the request as someone else or another way.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter('kubeconfig', 'server: a user', 'broken: a server with a password'),
  },
  {
    why: 'A proxy without a host, or with a port that is none, is an error of the kubeconfig; Go takes no host for this machine.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'proxy: no host',
      'proxy: no host and a port',
      'proxy: a port too high',
    ),
  },
  {
    why: 'What is said of TLS is said of the server: the proxy is asked for by its own name, shown no certificate, and verified all the same.',
    decision: '0064-whom-to-believe-that-it-is-the-proxy',
    covers: either(
      stricter('request', 'proxy: https, everybody is trusted'),
      ({ trial, aspects, kubectlSaw, keyturnSaw }) =>
        ['proxy: https, a name for TLS', 'proxy: https, a client certificate'].includes(
          trial.name,
        ) &&
        aspects.join() === 'requests that arrived' &&
        withoutProxyTls(kubectlSaw) === withoutProxyTls(keyturnSaw),
    ),
  },
  {
    why: 'Plain http to loopback carries the token, and visits no proxy.',
    decision: '0037-clear-text-stays-home',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      /^proxy: (?:socks5, )?plain http behind it$/.test(trial.name) &&
      isNobody(kubectlSaw) &&
      keyturnSaw.arrivals[0]?.authorization === 'Bearer a-token' &&
      keyturnSaw.arrivals[0].proxy === undefined,
  },
  {
    why: 'What the system would refuse, cut short or take for another thing is said by the name of its field.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'user: a name with a colon',
      'to act as somebody in a group without a name',
      'namespace: a path',
      'YAML: names that are null',
      'broken: a name with a colon',
      'broken: a variable with its value in the name',
      'broken: an extension twice',
    ),
  },
  {
    why: 'What cannot stand in a header is said when the kubeconfig is read, not with the first request.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: ({ kubectlSaw, keyturnSaw }) =>
      /invalid header field value/.test(messageOf(kubectlSaw)) &&
      keyturnSaw.refusal?.step === 'kubeconfig',
  },
  {
    why: 'An empty token file is said when the kubeconfig is read.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter(
      'kubeconfig',
      'user: a token in a file that is empty',
      'broken: an empty token file',
    ),
  },
  {
    why: 'A user without credentials is a mistake, over plain http too, unless it is said that it is none.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: stricter('kubeconfig', 'user: nothing, over plain http'),
  },
  {
    why: 'kubectl asks a person for a name and a password, and here is nobody; whoever says so goes on as nobody, as other clients of client-go do.',
    decision: '0017-mistakes-in-a-kubeconfig-are-errors',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      trial.whole?.anonymous === true &&
      /^error: EOF$/.test(messageOf(kubectlSaw)) &&
      keyturnSaw.arrivals.length === 1 &&
      isNobody(keyturnSaw),
  },
  {
    why: 'Plain http to loopback carries the token; kubectl leaves all credentials out without a word.',
    decision: '0021-plain-http-to-loopback-carries-a-token',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      trial.name.startsWith('server: plain http') &&
      isNobody(kubectlSaw) &&
      keyturnSaw.arrivals[0]?.authorization === 'Bearer a-token' &&
      kubectlSaw.arrivals[0]?.place === keyturnSaw.arrivals[0]?.place,
  },
  {
    why: 'The address of a server is read as URLs are: letters of a host in lower case, numbers as numbers, a path as it is written, and no fragment.',
    decision: '0072-the-address-of-a-server-is-a-url',
    covers: ({ trial, aspects }) =>
      aspects[0] === 'requests that arrived' &&
      [
        'server: an escape in the path',
        'server: signs in the path',
        'server: a bracket in the path',
        'server: a fragment',
        'server: a host in upper case',
        'server: a zero before the port',
        'server: an IPv6 address in full',
        'server: a number in octal',
        'server: a number of one part',
      ].includes(trial.name),
  },
  {
    why: 'Only the context in use is checked; kubectl refuses the whole file for a mistake elsewhere.',
    decision: '0032-one-mistake-of-a-kubeconfig-at-a-time',
    covers: looser(
      'files: a broken user behind that nobody uses',
      'entries: a broken one that nobody uses',
      'YAML: preferences that are a list',
    ),
  },
  {
    why: 'Every authority and every certificate of a chain has to be readable; kubectl goes on with one that is, and leaves the rest to the server.',
    decision: '0053-sentences-about-broken-kubeconfigs',
    covers: stricter(
      'kubeconfig',
      'authority: in an empty file',
      'broken: two authorities with a mark between',
      'broken: an authority that is cut',
      'broken: an empty authority',
      'broken: a chain that is cut',
    ),
  },
  {
    why: 'A certificate that has expired is refused before a server does it.',
    decision: '0053-sentences-about-broken-kubeconfigs',
    covers: stricter(
      'kubeconfig',
      'user: a certificate that has expired',
      'broken: a certificate that has expired',
      'broken: a certificate file that has expired',
    ),
  },
  {
    why: 'What was left out or never filled in is no token.',
    decision: '0053-sentences-about-broken-kubeconfigs',
    covers: stricter(
      'kubeconfig',
      'user: a token left out by kubectl config view',
      'user: a placeholder as a token',
      'broken: a token that "kubectl config view" left out',
      'broken: a token that a script should have filled in',
    ),
  },
  {
    why: 'A token that begins with "Bearer" is sent as it is by kubectl, behind another "Bearer"; Keyturn says what is wrong.',
    decision: '0055-what-cannot-have-been-meant',
    covers: stricter(
      'kubeconfig',
      'user: a token that says what it is',
      'user: a token in a file that says what it is',
      'broken: a token that says what it is',
      'broken: a token file that says what it is',
    ),
  },
  {
    why: 'Letters beyond ASCII are refused in a header, because HTTP clients disagree on how to send them.',
    decision: '0016-tokens-are-ascii',
    covers: stricter('kubeconfig', 'user: a token beyond ASCII', 'to act as somebody beyond ASCII'),
  },
  {
    why: 'Several groups, or several values of an extra, need a header each; a credential has one of a name.',
    decision: '0062-impersonation-is-sent',
    covers: stricter(
      'kubeconfig',
      'to act as somebody in several groups',
      'to act as somebody for several reasons',
      'broken: somebody to act as in several groups',
    ),
  },
  {
    why: 'v1alpha1 is spoken as client-go spoke it until 1.23.',
    decision: '0019-v1alpha1-is-spoken',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      String(trial.whole?.files['config']).includes(v1alpha1) &&
      /invalid apiVersion/.test(messageOf(kubectlSaw)) &&
      keyturnSaw.refusal === undefined,
  },
  {
    why: 'The YAML reader of Go refuses control characters, bytes that are no UTF-8, tabs on an empty line and directives that it does not know, even where nobody reads them.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: ({ trial, kubectlSaw, keyturnSaw }) =>
      kubectlSaw.refusal?.step === 'kubeconfig' &&
      keyturnSaw.refusal?.step !== 'kubeconfig' &&
      [
        'YAML: tabs on an empty line',
        'YAML: a control character in a comment',
        'YAML: a DEL in a comment',
        'YAML: a next line of Unicode in a comment',
        'YAML: a line separator of Unicode in a comment',
        'YAML: Latin-1 in a comment',
        'YAML: a directive of YAML 1.2',
        'YAML: a directive that nobody knows',
      ].includes(trial.name),
  },
  {
    why: 'JSON is read by a reader of JSON: an escaped slash is one, and nothing follows the last brace.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: either(
      looser('YAML: JSON with slashes escaped'),
      stricter(
        'kubeconfig',
        'YAML: JSON and something behind it',
        'YAML: JSON and a second text behind it',
      ),
    ),
  },
  {
    why: 'A binary value is a thing of YAML 1.1 that no kubeconfig holds.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: stricter('kubeconfig', 'YAML: a tag of bytes'),
  },
  {
    why: 'What a mapping says itself wins over what it merges, wherever it stands, and the first of several merges over the next; to Go the last one wins.',
    decision: '0014-outputs-are-read-by-json-parse-and-yaml',
    covers: ({ trial, aspects }) =>
      aspects.join() === 'requests that arrived' &&
      ['YAML: merge keys behind the rest', 'YAML: merge keys twice'].includes(trial.name),
  },
];

function isNobody({ arrivals }: Difference['keyturnSaw']): boolean {
  return arrivals.every(
    ({ authorization, certificate }) => authorization === undefined && certificate === undefined,
  );
}

/** What arrived, without what only the TLS connection to a proxy has shown. */
function withoutProxyTls({ arrivals }: Difference['keyturnSaw']): string {
  return JSON.stringify(
    arrivals.map(({ proxy, ...rest }) => [rest, proxy?.kind, proxy?.target, proxy?.login]),
  );
}
