import type { Trial } from '../trial.js';
import { authority, core, server, withCluster } from './written.js';

function at(name: string, url: string): Trial {
  return withCluster(`server: ${name}`, `server: ${url}\n${authority}`);
}

function trusting(name: string, lines: string, files?: Readonly<Record<string, string>>): Trial {
  return withCluster(`authority: ${name}`, `${server}\n${lines}`, files && { files });
}

function named(name: string, lines: string): Trial {
  return withCluster(`name for TLS: ${name}`, lines);
}

const byNumber = `server: https://127.0.0.1:PORT\n${authority}`;

/** The address of the server, whom to trust there, and by which name. */
export const serverKubeconfigs: readonly Trial[] = [
  at('by name', 'https://localhost:PORT'),
  at('by number', 'https://127.0.0.1:PORT'),
  at('a slash at the end', 'https://localhost:PORT/'),
  core(at('a path', 'https://localhost:PORT/k8s/clusters/c-1')),
  at('a path and a slash', 'https://localhost:PORT/k8s/clusters/c-1/'),
  at('a path and two slashes', 'https://localhost:PORT/k8s//'),
  at('two slashes in the path', 'https://localhost:PORT/k8s//clusters/c-1'),
  at('a path of slashes', 'https://localhost:PORT//'),
  at('dots in the path', 'https://localhost:PORT/a/../b/./c'),
  at('an escape in the path', 'https://localhost:PORT/a%2Fb/c%20d'),
  at('a letter beyond ASCII in the path', 'https://localhost:PORT/caf\u00e9'),
  at('signs in the path', "https://localhost:PORT/a;b=c,d@e:f'(g)*~!$&+h"),
  at('a bracket in the path', '"https://localhost:PORT/a[b]c|d^e`f"'),
  at('a query', 'https://localhost:PORT/k8s?x=1'),
  at('a query without a path', 'https://localhost:PORT?x=1'),
  at('a fragment', '"https://localhost:PORT/k8s#x"'),
  at('a scheme in upper case', 'HTTPS://localhost:PORT'),
  at('a host in upper case', 'https://LOCALHOST:PORT/Path'),
  at('a dot behind the host', 'https://localhost.:PORT'),
  at('a zero before the port', 'https://localhost:0PORT'),
  at('no port behind the colon', '"https://localhost:"'),
  at('an IPv6 address in full', 'https://[0:0:0:0:0:ffff:127.0.0.1]:PORT'),
  at('a number in octal', 'https://0177.0.0.1:PORT'),
  at('a number of one part', 'https://2130706433:PORT'),
  at('a host beyond ASCII', 'https://caf\u00e9.localhost:PORT'),
  at('an underscore in the host', 'https://a_b.localhost:PORT'),
  at('no scheme', 'localhost:PORT'),
  at('no scheme and a path', 'localhost:PORT/k8s'),
  at('another scheme', 'tcp://localhost:PORT'),
  at('one slash', 'https:/localhost:PORT'),
  at('backslashes', 'https:\\\\localhost:PORT'),
  at('a user', 'https://me:secret@localhost:PORT'),
  at('a blank at the start', '" https://localhost:PORT"'),
  at('a blank at the end', '"https://localhost:PORT "'),
  at('a line break at the end', '"https://localhost:PORT\\n"'),
  at('a placeholder', `https://$\{HOST}:PORT`),
  at('a port too high', 'https://localhost:99999'),
  at('nothing', ''),
  at('an empty text', '""'),
  at('a number', '6443'),
  core(withCluster('server: plain http', 'server: http://localhost:PLAIN')),
  withCluster('server: plain http and a path', 'server: http://127.0.0.1:PLAIN/k8s/'),
  withCluster('server: plain http elsewhere', 'server: http://0.0.0.0:PLAIN'),
  withCluster('server: none', authority),

  trusting('in data', authority),
  trusting('in data of several lines', 'certificate-authority-data: |\n  CA_LINES'),
  trusting('in data without padding at the end', 'certificate-authority-data: QUJDRA'),
  core(trusting('in a file', 'certificate-authority: ca.pem', { 'ca.pem': 'CA_PEM' })),
  trusting('in a file by ./', 'certificate-authority: ./ca.pem', { 'ca.pem': 'CA_PEM' }),
  trusting('in a file of a folder', 'certificate-authority: pki/ca.pem', {
    'pki/ca.pem': 'CA_PEM',
  }),
  trusting('in a file by ..', 'certificate-authority: pki/../ca.pem', {
    'ca.pem': 'CA_PEM',
    'pki/x': '',
  }),
  trusting('in a file by its whole path', 'certificate-authority: FOLDER/ca.pem', {
    'ca.pem': 'CA_PEM',
  }),
  trusting('in a file with a blank in its name', 'certificate-authority: my ca.pem', {
    'my ca.pem': 'CA_PEM',
  }),
  trusting('in a file in a home that nobody expands', 'certificate-authority: ~/ca.pem'),
  trusting('in a file that is not there', 'certificate-authority: ca.pem'),
  trusting('in an empty file', 'certificate-authority: ca.pem', { 'ca.pem': '' }),
  trusting('in a folder', 'certificate-authority: pki', { 'pki/ca.pem': 'CA_PEM' }),
  trusting('in data and a file', `${authority}\ncertificate-authority: ca.pem`, {
    'ca.pem': 'CA_PEM',
  }),
  trusting('in data and a file that is not there', `${authority}\ncertificate-authority: ca.pem`),
  trusting('in data, and the file an empty text', `${authority}\ncertificate-authority: ""`),
  trusting(
    'in PEM where base64 belongs',
    'certificate-authority-data: "-----BEGIN CERTIFICATE-----"',
  ),
  trusting('in base64 that is none', 'certificate-authority-data: "***"'),
  trusting('in base64 that holds no PEM', 'certificate-authority-data: aGVsbG8='),
  trusting('in base64 of URLs', 'certificate-authority-data: "-_-_"'),
  trusting('left out by kubectl config view', 'certificate-authority-data: DATA+OMITTED'),
  trusting('an empty text', 'certificate-authority-data: ""'),
  trusting('of another', 'certificate-authority-data: CERT_DATA'),
  trusting('none', 'disable-compression: false'),
  trusting('nobody asked for', 'insecure-skip-tls-verify: true'),
  trusting('nobody asked for, in YAML 1.1', 'insecure-skip-tls-verify: yes'),
  trusting('nobody asked for, and one in data', `${authority}\ninsecure-skip-tls-verify: true`),
  trusting(
    'nobody asked for, and one in a file',
    'certificate-authority: ca.pem\ninsecure-skip-tls-verify: true',
    { 'ca.pem': 'CA_PEM' },
  ),
  trusting('asked for in words', `${authority}\ninsecure-skip-tls-verify: false`),
  trusting('asked for in a text', `${authority}\ninsecure-skip-tls-verify: "false"`),
  trusting('asked for in a number', 'insecure-skip-tls-verify: 1'),
  trusting('asked for by null', `${authority}\ninsecure-skip-tls-verify: null`),

  core(named('that of the certificate', `${byNumber}\ntls-server-name: localhost`)),
  named('in upper case', `${byNumber}\ntls-server-name: LOCALHOST`),
  named('a dot behind it', `${byNumber}\ntls-server-name: localhost.`),
  named('an address', `${server}\n${authority}\ntls-server-name: 127.0.0.1`),
  named('an IPv6 address', `${server}\n${authority}\ntls-server-name: "::1"`),
  named('another', `${byNumber}\ntls-server-name: api.example`),
  core(
    named(
      'another, and nobody asks',
      'server: https://127.0.0.1:PORT/k8s\ninsecure-skip-tls-verify: true\ntls-server-name: api.example',
    ),
  ),
  named(
    'an underscore, and nobody asks',
    'server: https://127.0.0.1:PORT\ninsecure-skip-tls-verify: true\ntls-server-name: a_b.example',
  ),
  named('an empty text', `${byNumber}\ntls-server-name: ""`),
  named('a number', `${byNumber}\ntls-server-name: 1`),

  withCluster('cluster: no compression', `${server}\n${authority}\ndisable-compression: true`),
  withCluster(
    'cluster: fields that nobody knows',
    `${server}\n${authority}\ncolour: red\napi-version: v1`,
  ),
  withCluster(
    'cluster: extensions of minikube',
    `${server}\n${authority}\nextensions:\n- name: cluster_info\n  extension: {last-update: "Mon, 01 Jan 2026", provider: minikube.sigs.k8s.io, version: v1.35.0}`,
  ),
  withCluster(
    'cluster: an extension twice',
    `${server}\n${authority}\nextensions:\n- {name: a, extension: 1}\n- {name: a, extension: 2}`,
  ),
  withCluster(
    'cluster: extensions that are an object',
    `${server}\n${authority}\nextensions: {a: 1}`,
  ),
];
