import type { TestCertificates } from './test-certificates.js';

/** A kubeconfig as people have them, and what is said of it: where, what, and what to do. */
export interface BrokenKubeconfig {
  readonly name: string;
  /** What stands in the file; undefined where there is none. */
  readonly text: string | Buffer | undefined;
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default: `config`. */
  readonly path?: string;
  /** Default: the current one. */
  readonly context?: string;
  /** The code without its `ERR_KUBECONFIG_`, a blank, and the message, with FILE for the path in quotes and DIR for its folder. */
  readonly says: string;
}

const v1 = 'apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never';
const good = 'server: "https://127.0.0.1:1"';
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

/** Context "work", cluster "prod", user "me"; `cluster` and `user` are what stands in them, in flow style. */
function kubeconfig(cluster: string = good, user: string = 'token: s3cret'): string {
  return `apiVersion: v1
kind: Config
current-context: work
contexts:
- name: work
  context: {cluster: prod, user: me}
clusters:
- name: prod
  cluster: {${cluster}}
users:
- name: me
  user: {${user}}
`;
}

const withServer = (server: string): string => kubeconfig(`server: ${JSON.stringify(server)}`);
const withCluster = (more: string): string => kubeconfig(`${good}, ${more}`);
const withAuthority = (pem: string | Uint8Array): string =>
  withCluster(`certificate-authority-data: ${base64(pem)}`);
const withUser = (user: string): string => kubeconfig(good, user);
const withExec = (exec: string): string => withUser(`exec: {${exec}}`);
const withPair = (certificate: string, key: string): string =>
  withUser(`client-certificate-data: ${base64(certificate)}, client-key-data: ${base64(key)}`);

/** What a shell or a template would have replaced. */
const unset = (name: string): string => `$\{${name}}`;

const field = (name: string, entry: string): string =>
  `Field "${name}" of ${entry} in FILE (context "work")`;
const ofServer: string = `FIELD ${field('server', 'cluster "prod"')}`;
const ofCluster = (name: string): string => `FIELD ${field(name, 'cluster "prod"')}`;
const ofUser = (name: string): string => `FIELD ${field(name, 'user "me"')}`;
const unsupported = (name: string, entry: string): string => `UNSUPPORTED ${field(name, entry)}`;

/** More than sixty, each with the sentence that its reader gets. */
export function brokenKubeconfigs({
  authority,
  certificate,
  key,
  otherKey,
  expired,
  expiredKey,
  encryptedKey,
}: TestCertificates): readonly BrokenKubeconfig[] {
  return [
    // The file
    {
      name: 'a file that is not there',
      text: undefined,
      says: 'READ No kubeconfig was found at FILE. Correct the option "path".',
    },
    {
      name: 'a path through a file',
      text: kubeconfig(),
      path: 'config/config',
      says: 'READ The kubeconfig FILE cannot be read: a part of its path is a file, not a folder. Correct the path.',
    },
    {
      name: 'a folder',
      text: kubeconfig(),
      path: '.',
      says: 'READ The kubeconfig FILE cannot be read: it is a directory. Name a file in it.',
    },
    {
      name: 'a home that nobody expands',
      text: undefined,
      path: '~/.kube/config',
      says: 'READ No kubeconfig was found at FILE. "~" is not expanded, by kubectl neither: write the whole path. Correct the option "path".',
    },
    {
      name: 'a binary',
      text: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 255]),
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is binary data. Give the path of a kubeconfig.',
    },
    {
      name: 'a login page',
      text: '<!DOCTYPE html>\n<html><body>Please sign in.</body></html>\n',
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is an HTML page. Perhaps a login page has answered the download; sign in, and fetch the kubeconfig again.',
    },
    {
      name: 'the headers of an answer',
      text: 'HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n',
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is an answer of an HTTP server, with its headers. Perhaps a login page has answered the download; sign in, and fetch the kubeconfig again.',
    },
    {
      name: 'an error of a bucket',
      text: '<Error><Code>AccessDenied</Code></Error>',
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is XML or HTML. Perhaps a login page has answered the download; sign in, and fetch the kubeconfig again.',
    },
    {
      name: 'UTF-16 that does not say so',
      text: Buffer.from(kubeconfig(), 'utf16le'),
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is UTF-16 without a byte order mark. Save it as UTF-8.',
    },
    {
      name: 'a certificate',
      text: certificate,
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is PEM text (certificate). Name its path in a field of a kubeconfig.',
    },
    {
      name: 'a private key',
      text: key,
      says: 'PARSE The kubeconfig FILE is no kubeconfig: it is PEM text (private key). Name its path in a field of a kubeconfig.',
    },
    {
      name: 'a word',
      text: 'hello\n',
      says: 'PARSE FILE is no kubeconfig: it is plain text. Give the path of a kubeconfig, or its text.',
    },
    {
      name: 'a token',
      text: 'eyJhbGciOiJub25l.eyJzdWIiOiJtZSJ9.s3cret',
      says: 'PARSE FILE is no kubeconfig: it is a token. Give the path of a kubeconfig, or its text.',
    },
    {
      name: 'a path',
      text: '/home/me/.kube/config',
      says: 'PARSE FILE is no kubeconfig: it is a path. Give it as the option "path", not as text.',
    },
    {
      name: 'a list',
      text: '- s3cret\n',
      says: 'PARSE FILE is no kubeconfig: it is a list. Give the path of a kubeconfig, or its text.',
    },
    {
      name: 'a kubeconfig in base64',
      text: base64(kubeconfig()),
      says: 'PARSE FILE is no kubeconfig: it is still base64, as it stands in a Secret. Decode it with "base64 -d".',
    },
    {
      name: 'a kubeconfig in a Secret',
      text: `apiVersion: v1\nkind: Secret\ndata: {value: ${base64(kubeconfig())}}\n`,
      says: 'PARSE FILE is no kubeconfig: its kind is "Secret" and its apiVersion "v1", not "Config" and "v1". Take the kubeconfig out of its "data", and decode it from base64.',
    },
    {
      name: 'a kubeconfig in a ConfigMap',
      text: 'apiVersion: v1\nkind: ConfigMap\ndata: {}\n',
      says: 'PARSE FILE is no kubeconfig: its kind is "ConfigMap" and its apiVersion "v1", not "Config" and "v1". Take the kubeconfig out of its "data".',
    },
    {
      name: 'a manifest',
      text: 'apiVersion: apps/v1\nkind: Deployment\n',
      says: 'PARSE FILE is no kubeconfig: its kind is "Deployment" and its apiVersion "apps/v1", not "Config" and "v1". Give the path of a kubeconfig.',
    },
    {
      name: 'what a plugin prints',
      text: 'apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\n',
      says: 'PARSE FILE is no kubeconfig: its kind is "ExecCredential" and its apiVersion "client.authentication.k8s.io/v1", not "Config" and "v1". It is what a plugin prints; name the plugin in a kubeconfig.',
    },
    {
      name: 'a kind in small letters',
      text: kubeconfig().replace('kind: Config', 'kind: config'),
      says: 'PARSE FILE is no kubeconfig: its kind is "config" and its apiVersion "v1", not "Config" and "v1". Write them so.',
    },
    {
      name: 'an empty file',
      text: '',
      says: 'CONTEXT No context is chosen: FILE holds no contexts. Give the path of a kubeconfig that does.',
    },
    {
      name: 'a file with comments only',
      text: '# nothing yet\n',
      says: 'CONTEXT No context is chosen: FILE holds no contexts. Give the path of a kubeconfig that does.',
    },
    // The text
    {
      name: 'a quote that nobody closes',
      text: kubeconfig().replace('name: me', 'name: "me'),
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 12, column 3. Compare that line with the ones around it.',
    },
    {
      name: 'a tab that indents',
      text: kubeconfig().replace('  user: {', '\tuser: {'),
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 12, column 1: a tab indents it; put blanks in its place.',
    },
    {
      name: 'an indentation that has slipped',
      text: kubeconfig().replace('  context: {', '   context: {'),
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 6, column 11. Compare that line with the ones around it.',
    },
    {
      name: 'a merge that nobody finished',
      text: `<<<<<<< HEAD\n${kubeconfig()}=======\n>>>>>>> main\n`,
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 2, column 11: it holds the marks of a merge, "<<<<<<<". Finish the merge.',
    },
    {
      name: 'a template',
      text: kubeconfig().replace('name: me', 'name: {{ .Values.user }}-x'),
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 11, column 27: it holds a template, "{{ }}", which was never filled in. Fill it in.',
    },
    {
      name: 'an alias that is none',
      text: withUser('token: *s3cret'),
      says: 'PARSE The kubeconfig FILE has an alias at line 12, column 18 whose anchor it does not hold; put a value that begins with "*" in quotes.',
    },
    {
      name: 'JSON that breaks off',
      text: '{"apiVersion": "v1", "kind": "Config", "users": [{"name"',
      says: 'PARSE The kubeconfig FILE is not valid YAML at line 1, column 57: it is JSON that breaks off before its end. Copy all of it.',
    },
    {
      name: 'nesting without end',
      text: '['.repeat(300),
      says: 'PARSE The kubeconfig FILE nests deeper than 200 levels. Give the path of a kubeconfig.',
    },
    // The entries
    {
      name: 'a context that is not there',
      text: kubeconfig(),
      context: 'home',
      says: 'CONTEXT Context "home" is not in FILE. There is "work".',
    },
    {
      name: 'a context in other letters',
      text: kubeconfig(),
      context: 'Work',
      says: 'CONTEXT Context "Work" is not in FILE. Did you mean "work"? There is "work".',
    },
    {
      name: 'no current context',
      text: kubeconfig().replace('current-context: work\n', ''),
      says: 'CONTEXT No context is chosen: "current-context" is not set in FILE. Give the option "context". There is "work".',
    },
    {
      name: 'a user that is not there',
      text: kubeconfig().replace('- name: me', '- name: you'),
      says: 'CONTEXT User "me" of context "work" is not in FILE. There is "you".',
    },
    {
      name: 'a user without a name',
      text: kubeconfig().replace('- name: me\n  user', '- user'),
      says: 'CONTEXT User "me" of context "work" is not in FILE. There is one without a name, which needs one.',
    },
    {
      name: 'a context without a user',
      text: kubeconfig().replace(', user: me}', '}'),
      says: 'CONTEXT Field "user" of context "work" in FILE is missing. Name one there. There is "me".',
    },
    {
      name: 'a context without a cluster',
      text: kubeconfig().replace('cluster: prod, ', ''),
      says: 'CONTEXT Field "cluster" of context "work" in FILE is missing. Name one there. There is "prod".',
    },
    {
      name: 'two users of one name',
      text: `${kubeconfig()}- name: me\n  user: {token: s3cret}\n`,
      says: 'FIELD Field "users[1].name" of FILE repeats "me". Give each user a name of its own.',
    },
    {
      name: 'users that are no list',
      text: kubeconfig().replace('- name: me\n  user:', '  me:'),
      says: 'FIELD Field "users" of FILE must be a list, not an object. Begin each of its items with a dash.',
    },
    {
      name: 'a user that is a word',
      text: kubeconfig().replace(/user: \{token.*/, 'user: s3cret'),
      says: 'FIELD User "me" in FILE (context "work") must be an object, not a string. Write its fields below it, each indented.',
    },
    // The server
    {
      name: 'no server',
      text: kubeconfig('insecure-skip-tls-verify: true'),
      says: `${ofServer} is missing. Write the address of the API server there, such as "https://10.0.0.1:6443".`,
    },
    {
      name: 'a server without a scheme',
      text: withServer('127.0.0.1:6443'),
      says: `${ofServer} must be a URL that begins with "https://". Write "https://" before it.`,
    },
    {
      name: 'a server of another scheme',
      text: withServer('tcp://127.0.0.1:6443'),
      says: `${ofServer} must be a URL that begins with "https://", not "tcp://". Correct it.`,
    },
    {
      name: 'a server with one slash',
      text: withServer('https:/127.0.0.1:6443'),
      says: `${ofServer} must be a URL that begins with "https://" and a host. Write "https://", two slashes, and the host.`,
    },
    {
      name: 'a server with backslashes',
      text: withServer('https:\\\\127.0.0.1'),
      says: `${ofServer} must be a URL that begins with "https://" and a host. Write "https://", two slashes, and the host.`,
    },
    {
      name: 'a port that is too high',
      text: withServer('https://127.0.0.1:99999'),
      says: `${ofServer} has a port that is none: it must be a number of at most 65535. Correct it.`,
    },
    {
      name: 'a blank behind the server',
      text: withServer('https://127.0.0.1:1 '),
      says: `${ofServer} has a blank at its end. Remove it.`,
    },
    {
      name: 'a line break in the server',
      text: withServer('https://127.0.0.1:1\n'),
      says: `${ofServer} holds a line break. Write the address on one line.`,
    },
    {
      name: 'a host that is none',
      text: withServer('https://a^b'),
      says: `${ofServer} must be a URL that begins with "https://" and a host, and what follows is no host. Correct it, such as "https://10.0.0.1:6443".`,
    },
    {
      name: 'a server that a script should have filled in',
      text: withServer(`https://${unset('K8S_HOST')}:6443`),
      says: `${ofServer} holds "\${K8S_HOST}", which was never filled in. Replace it with its value.`,
    },
    {
      name: 'a server that a reader should have filled in',
      text: withServer('https://<your-server>'),
      says: `${ofServer} holds "<your-server>", which was never filled in. Replace it with its value.`,
    },
    {
      name: 'a server with a password',
      text: withServer('https://me:s3cret@127.0.0.1'),
      says: `${unsupported('server', 'cluster "prod"')} holds a user name or password, which is not supported. Remove it, and give the user a token, a client certificate or an exec plugin.`,
    },
    {
      name: 'a server in clear text',
      text: withServer('http://api.example'),
      says: `${unsupported('server', 'cluster "prod"')} is plain http and not loopback, so a credential would travel in clear text. Write "https://".`,
    },
    {
      name: 'a proxy that is none',
      text: withCluster('proxy-url: "127.0.0.1:3128"'),
      says: 'FIELD Field "proxy-url" of cluster "prod" in FILE (context "work") is no URL of a proxy. Write one that begins with "http://", "https://" or "socks5://" and has a host, such as "http://proxy.example:3128".',
    },
    {
      name: 'a proxy of a kind that kubectl does not know',
      text: withCluster('proxy-url: "socks5h://127.0.0.1:1080"'),
      says: 'FIELD Field "proxy-url" of cluster "prod" in FILE (context "work") begins with "socks5h://", which kubectl does not know. Write "socks5://": the proxy looks up the names of hosts all the same.',
    },
    // The authority
    {
      name: 'an authority that is not there',
      text: withCluster('certificate-authority: ca.crt'),
      says: 'READ File "DIR/ca.crt", which field "certificate-authority" of cluster "prod" in FILE (context "work") names, cannot be read: it does not exist. Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.',
    },
    {
      name: 'an authority in a home that nobody expands',
      text: withCluster('certificate-authority: ~/ca.crt'),
      says: 'READ File "DIR/~/ca.crt", which field "certificate-authority" of cluster "prod" in FILE (context "work") names, cannot be read: it does not exist. "~" is not expanded, by kubectl neither: write the whole path.',
    },
    {
      name: 'an authority behind a variable',
      text: withCluster('certificate-authority: $HOME/ca.crt'),
      says: 'READ File "DIR/$HOME/ca.crt", which field "certificate-authority" of cluster "prod" in FILE (context "work") names, cannot be read: it does not exist. "$HOME" is not expanded, by kubectl neither: write the whole path.',
    },
    {
      name: 'an authority that is a folder',
      text: withCluster('certificate-authority: .'),
      says: 'READ File "DIR", which field "certificate-authority" of cluster "prod" in FILE (context "work") names, cannot be read: it is a directory. Name a file in it.',
    },
    {
      name: 'an authority twice',
      text: withCluster('certificate-authority: ca.crt, certificate-authority-data: AAAA'),
      says: `${ofCluster('certificate-authority')} cannot stand beside "certificate-authority-data". Remove one of the two.`,
    },
    {
      name: 'an authority that nobody asks',
      text: withCluster(
        `insecure-skip-tls-verify: true, certificate-authority-data: ${base64(authority)}`,
      ),
      says: `${ofCluster('insecure-skip-tls-verify')} cannot be true where a certificate authority is given. Remove one of the two; the authority is the safe one to keep.`,
    },
    {
      name: 'an authority that "kubectl config view" left out',
      text: withCluster('certificate-authority-data: DATA+OMITTED'),
      says: `${ofCluster('certificate-authority-data')} was left out by "kubectl config view". Write the file with "kubectl config view --raw".`,
    },
    {
      name: 'an authority that is no base64',
      text: withCluster('certificate-authority-data: "s3cret!"'),
      says: `${ofCluster('certificate-authority-data')} is not base64 with padding. Encode it once more, with "base64", and copy all of it.`,
    },
    {
      name: 'an authority in PEM where base64 belongs',
      text: withCluster(`certificate-authority-data: ${JSON.stringify(authority)}`),
      says: `${ofCluster('certificate-authority-data')} is not base64 with padding: it is PEM text itself. Encode it with "base64".`,
    },
    {
      name: 'an authority encoded twice',
      text: withAuthority(base64(authority)),
      says: `${ofCluster('certificate-authority-data')} holds no PEM certificate that can be read: it is base64 of it. It is encoded once too often; decode it once.`,
    },
    {
      name: 'an authority in DER',
      text: withAuthority(Buffer.from(authority.replaceAll(/-----.*-----|\s/g, ''), 'base64')),
      says: `${ofCluster('certificate-authority-data')} holds no PEM certificate that can be read: it is DER. Convert it with "openssl x509 -inform der".`,
    },
    {
      name: 'a key in place of an authority',
      text: withAuthority(key),
      says: `${ofCluster('certificate-authority-data')} holds no PEM certificate that can be read: it is a private key. Put the certificate of the authority in its place.`,
    },
    {
      name: 'an authority behind a byte order mark',
      text: withAuthority(`\ufeff${authority}`),
      says: `${ofCluster('certificate-authority-data')} has a byte order mark before its certificate. Its "-----BEGIN CERTIFICATE-----" has to begin a line, else OpenSSL passes over it.`,
    },
    {
      name: 'an authority behind a word',
      text: withAuthority(`# ca: ${authority}`),
      says: `${ofCluster('certificate-authority-data')} has text before its certificate on the same line. Its "-----BEGIN CERTIFICATE-----" has to begin a line, else OpenSSL passes over it.`,
    },
    {
      name: 'an authority that is indented',
      text: withAuthority(authority.replaceAll(/^/gm, '  ')),
      says: `${ofCluster('certificate-authority-data')} has blanks before its certificate on the same line. Its "-----BEGIN CERTIFICATE-----" has to begin a line, else OpenSSL passes over it.`,
    },
    {
      name: 'two authorities with a mark between',
      text: withAuthority(`${authority}\ufeff${authority}`),
      says: `${ofCluster('certificate-authority-data')} has a byte order mark before its certificate no. 2. Its "-----BEGIN CERTIFICATE-----" has to begin a line, else OpenSSL passes over it.`,
    },
    {
      name: 'an authority that is cut',
      text: withAuthority(`${authority}${authority.slice(0, 200)}`),
      says: `${ofCluster('certificate-authority-data')} holds what OpenSSL cannot read: its certificate no. 2 is cut or damaged. Copy it once more, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".`,
    },
    {
      name: 'a certificate that says nothing',
      text: withAuthority('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      says: `${ofCluster('certificate-authority-data')} holds what OpenSSL cannot read: its certificate is cut or damaged. Copy it once more, from "-----BEGIN CERTIFICATE-----" to "-----END CERTIFICATE-----".`,
    },
    {
      name: 'an empty authority',
      text: withCluster('certificate-authority: ca.crt'),
      files: { 'ca.crt': '' },
      says: `${ofCluster('certificate-authority')} is empty. Put the certificate of the authority there, as PEM text.`,
    },
    // The user
    {
      name: 'no credential',
      text: withUser(''),
      says: `${ofUser('exec')} is missing, and so is every other credential. Give "exec", "token", "tokenFile", or "client-certificate" with "client-key"; or say "anonymous: true" to the loader.`,
    },
    {
      name: 'a number as a token',
      text: withUser('token: 12345'),
      says: `${ofUser('token')} must be a string, not a number. Write it in quotes.`,
    },
    {
      name: 'a token with a line break',
      text: withUser('token: "s3cret\\n"'),
      says: `${ofUser('token')} holds a line break or another character that cannot stand in an HTTP header. Remove it.`,
    },
    {
      name: 'a token that says what it is',
      text: withUser('token: "Bearer s3cret"'),
      says: `${ofUser('token')} begins with the word "Bearer", which each request puts before it. Remove that word.`,
    },
    {
      name: 'a token that "kubectl config view" left out',
      text: withUser('token: REDACTED'),
      says: `${ofUser('token')} was left out by "kubectl config view". Write the file with "kubectl config view --raw".`,
    },
    {
      name: 'a token that a script should have filled in',
      text: withUser(`token: "${unset('TOKEN')}"`),
      says: `${ofUser('token')} is a placeholder that was never filled in. Replace it with its value.`,
    },
    {
      name: 'a token file that is not there',
      text: withUser('tokenFile: token'),
      says: 'READ File "DIR/token", which field "tokenFile" of user "me" in FILE (context "work") names, cannot be read: it does not exist. Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.',
    },
    {
      name: 'an empty token file',
      text: withUser('tokenFile: token'),
      files: { token: '\n' },
      says: `${ofUser('tokenFile')} names "DIR/token", which is empty. Write the token there.`,
    },
    {
      name: 'a token file that says what it is',
      text: withUser('tokenFile: token'),
      files: { token: 'Bearer s3cret\n' },
      says: `${ofUser('tokenFile')} names "DIR/token", whose token begins with the word "Bearer", which each request puts before it. Remove that word.`,
    },
    {
      name: 'a key without a certificate',
      text: withUser(`client-key-data: ${base64(key)}`),
      says: `${ofUser('client-certificate')} is missing beside the client key. Add it, or "client-certificate-data".`,
    },
    {
      name: 'a certificate without a key',
      text: withUser(`client-certificate-data: ${base64(certificate)}`),
      says: `${ofUser('client-key')} is missing beside the client certificate. Add it, or "client-key-data".`,
    },
    {
      name: 'the key of another',
      text: withPair(certificate, otherKey),
      says: `${ofUser('client-key-data')} does not belong to "client-certificate-data". Put the certificate and the key that were issued together in their fields, as PEM text.`,
    },
    {
      name: 'certificate and key swapped',
      text: withPair(key, certificate),
      says: `${ofUser('client-certificate-data')} cannot be read: it holds a private key, so certificate and key seem to be swapped. Put the certificate and the key that were issued together in their fields, as PEM text.`,
    },
    {
      name: 'a certificate for a key',
      text: withPair(certificate, certificate),
      says: `${ofUser('client-key-data')} cannot be read: it holds a certificate, so certificate and key seem to be swapped. Put the certificate and the key that were issued together in their fields, as PEM text.`,
    },
    {
      name: 'a key with a passphrase',
      text: withPair(certificate, encryptedKey),
      says: `${ofUser('client-key-data')} cannot be read: it is encrypted; give it without a passphrase.`,
    },
    {
      name: 'a certificate that is none',
      text: withPair('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', key),
      says: `${ofUser('client-certificate-data')} cannot be read: it is not a PEM certificate. Put the certificate and the key that were issued together in their fields, as PEM text.`,
    },
    {
      name: 'a certificate that is no PEM',
      text: withPair('s3cret', key),
      says: `${ofUser('client-certificate-data')} holds no PEM text. Put in it what is between "-----BEGIN" and "-----END", with these two lines.`,
    },
    {
      name: 'a chain that is cut',
      text: withPair(`${certificate}${certificate.slice(0, 200)}`, key),
      says: `${ofUser('client-certificate-data')} cannot be used: what follows its first certificate is cut or damaged (ERR_OSSL_PEM_BAD_END_LINE). Put the certificate and the key that were issued together in their fields, as PEM text.`,
    },
    {
      name: 'a certificate that has expired',
      text: withPair(expired, expiredKey),
      says: `${ofUser('client-certificate-data')} has expired: it was valid until 2025-12-31T00:00:00.000Z, and a server would refuse it. Have a new one issued, or fetch the kubeconfig again.`,
    },
    {
      name: 'a certificate file that has expired',
      text: withUser('client-certificate: c.crt, client-key: c.key'),
      files: { 'c.crt': expired, 'c.key': expiredKey },
      says: `${ofUser('client-certificate')} has expired: it was valid until 2025-12-31T00:00:00.000Z, and a server would refuse it. Have a new one issued, or fetch the kubeconfig again.`,
    },
    {
      name: 'a certificate file that is not there',
      text: withUser(`client-certificate: c.crt, client-key-data: ${base64(key)}`),
      says: 'READ File "DIR/c.crt", which field "client-certificate" of user "me" in FILE (context "work") names, cannot be read: it does not exist. Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.',
    },
    {
      name: 'a certificate twice',
      text: withUser('client-certificate: c.crt, client-certificate-data: AAAA'),
      says: `${ofUser('client-certificate')} cannot stand beside "client-certificate-data". Remove one of the two.`,
    },
    {
      name: 'a login of Google',
      text: withUser('auth-provider: {name: gcp, config: {access-token: s3cret}}'),
      says: `${unsupported('auth-provider', 'user "me"')} is "gcp", which is not supported. Install the exec plugin "gke-gcloud-auth-plugin", then run "gcloud container clusters get-credentials" once more.`,
    },
    {
      name: 'a login of Azure',
      text: withUser('auth-provider: {name: azure}'),
      says: `${unsupported('auth-provider', 'user "me"')} is "azure", which is not supported. Install the exec plugin "kubelogin" of Azure, then run "kubelogin convert-kubeconfig".`,
    },
    {
      name: 'a login by OpenID',
      text: withUser('auth-provider: {name: oidc}'),
      says: `${unsupported('auth-provider', 'user "me"')} is "oidc", which is not supported. Install the exec plugin "kubectl oidc-login" (kubelogin), and let "kubectl oidc-login setup" write an "exec" in its place.`,
    },
    {
      name: 'a login of OpenStack',
      text: withUser('auth-provider: {name: openstack}'),
      says: `${unsupported('auth-provider', 'user "me"')} is "openstack", which is not supported. Install the exec plugin "client-keystone-auth", and name it in an "exec" in its place.`,
    },
    {
      name: 'a login of somebody else',
      text: withUser('auth-provider: {name: other}'),
      says: `${unsupported('auth-provider', 'user "me"')} is not supported. Put the exec plugin of your provider in its place, as "exec".`,
    },
    {
      name: 'a password without a name',
      text: withUser('password: s3cret'),
      says: `${ofUser('password')} stands without "username". Add that, or remove it.`,
    },
    {
      name: 'a password and a token',
      text: withUser('username: me, password: s3cret, token: s3cret'),
      says: `${ofUser('username')} cannot stand beside "token". Remove one of the two.`,
    },
    {
      name: 'a name with a colon',
      text: withUser('username: "me:too", password: s3cret'),
      says: `${ofUser('username')} holds a colon, which would end it. Correct it.`,
    },
    {
      name: 'groups of nobody to act as',
      text: withUser('token: s3cret, as-groups: [admins]'),
      says: `${unsupported('as-groups', 'user "me"')} stands without "as", and to act as part of somebody is not supported. Name there whom to act as.`,
    },
    {
      name: 'somebody to act as in several groups',
      text: withUser('token: s3cret, as: admin, as-groups: [a, b]'),
      says: `${unsupported('as-groups', 'user "me"')} has several values, each of which would need a header of its own, and that is not supported. Leave one.`,
    },
    {
      name: 'somebody to act as with a line break',
      text: withUser('token: s3cret, as: "a\\nb"'),
      says: `${ofUser('as')} holds a line break or another character that cannot stand in an HTTP header. Remove it.`,
    },
    // The plugin
    {
      name: 'a plugin without a command',
      text: withExec(v1),
      says: `${ofUser('exec.command')} is missing. Name the program that prints the credential there.`,
    },
    {
      name: 'a plugin without a version',
      text: withExec('command: p'),
      says: `${ofUser('exec.apiVersion')} is missing; must be one of "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1".`,
    },
    {
      name: 'a plugin of a version that is none',
      text: withExec('command: p, apiVersion: v1'),
      says: `${ofUser('exec.apiVersion')} is "v1" and must be one of "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1".`,
    },
    {
      name: 'a plugin without a mode',
      text: withExec('command: p, apiVersion: client.authentication.k8s.io/v1'),
      says: `${ofUser('exec.interactiveMode')} is missing, and v1 has no default; must be one of "Never", "IfAvailable", "Always".`,
    },
    {
      name: 'a plugin with a mode in small letters',
      text: withExec(
        'command: p, apiVersion: client.authentication.k8s.io/v1, interactiveMode: never',
      ),
      says: `${ofUser('exec.interactiveMode')} is "never" and must be one of "Never", "IfAvailable", "Always". It means "Never", perhaps: write it so.`,
    },
    {
      name: 'a number as an argument',
      text: withExec(`command: p, args: [--port, 8080], ${v1}`),
      says: `${ofUser('exec.args[1]')} must be a string, not a number. Write it in quotes.`,
    },
    {
      name: 'arguments that are no list',
      text: withExec(`command: p, args: get-token, ${v1}`),
      says: `${ofUser('exec.args')} must be a list, not a string. Begin each of its items with a dash.`,
    },
    {
      name: 'a number in the environment',
      text: withExec(`command: p, env: [{name: A, value: 1}], ${v1}`),
      says: `${ofUser('exec.env[0].value')} must be a string, not a number. Write it in quotes.`,
    },
    {
      name: 'a variable without a name',
      text: withExec(`command: p, env: [{value: s3cret}], ${v1}`),
      says: `${ofUser('exec.env[0].name')} is missing. Give the variable a name, or remove it.`,
    },
    {
      name: 'a variable with its value in the name',
      text: withExec(`command: p, env: [{name: A=1}], ${v1}`),
      says: `${ofUser('exec.env[0].name')} holds an equals sign. Write what follows it as "value".`,
    },
    {
      name: 'a flag in quotes',
      text: withCluster('insecure-skip-tls-verify: "true"'),
      says: `${ofCluster('insecure-skip-tls-verify')} must be true or false, not a string. Write it without quotes.`,
    },
    {
      name: 'a plugin that is a word',
      text: withUser('exec: aws'),
      says: `${ofUser('exec')} must be an object, not a string. Write its fields below it, each indented.`,
    },
    {
      name: 'a server name that is a number',
      text: withCluster('tls-server-name: 1'),
      says: `${ofCluster('tls-server-name')} must be a string, not a number. Write it in quotes.`,
    },
    {
      name: 'an extension twice',
      text: withCluster(
        'extensions: [{name: client.authentication.k8s.io/exec}, {name: client.authentication.k8s.io/exec}]',
      ),
      says: `${ofCluster('extensions[1].name')} repeats "client.authentication.k8s.io/exec". Remove one of the two.`,
    },
  ];
}
