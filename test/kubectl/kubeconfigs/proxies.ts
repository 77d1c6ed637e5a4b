import type { Trial } from '../trial.js';
import type { WholeKubeconfig } from '../whole-kubeconfig.js';
import { authority, core, kubeconfig, server, withCluster, written } from './written.js';

function through(name: string, url: string, more?: Partial<WholeKubeconfig>): Trial {
  return withCluster(`proxy: ${name}`, `${server}\n${authority}\nproxy-url: ${url}`, more);
}

const certificate = 'client-certificate-data: CERT_DATA\nclient-key-data: KEY_DATA';
const told = `exec:
  apiVersion: client.authentication.k8s.io/v1
  command: ./plugin
  interactiveMode: Never
  provideClusterInfo: true`;

function also(name: string, url: string, cluster: string, user?: string): Trial {
  return written(
    `proxy: ${name}`,
    kubeconfig({ cluster: `${cluster}\nproxy-url: ${url}`, ...(user !== undefined && { user }) }),
  );
}

const safe = `${server}/k8s\n${authority}`;

/** Through whom the server is asked, and what these are told. */
export const proxyKubeconfigs: readonly Trial[] = [
  core(through('http', 'http://127.0.0.1:HTTP_PROXY')),
  core(through('https', 'https://127.0.0.1:HTTPS_PROXY')),
  core(through('socks5', 'socks5://127.0.0.1:SOCKS_PROXY')),
  through('http, by name', 'http://localhost:HTTP_PROXY/'),
  through('https, by name', 'https://localhost:HTTPS_PROXY/'),
  through('socks5, by name', 'socks5://localhost:SOCKS_PROXY/'),
  through('socks5h', 'socks5h://127.0.0.1:SOCKS_PROXY'),
  through('socks', 'socks://127.0.0.1:SOCKS_PROXY'),
  through('socks4', 'socks4://127.0.0.1:SOCKS_PROXY'),
  through('another scheme', 'ftp://127.0.0.1:HTTP_PROXY'),
  through('a scheme in upper case', 'HTTP://127.0.0.1:HTTP_PROXY'),
  through('socks5 in upper case', 'SOCKS5://127.0.0.1:SOCKS_PROXY'),
  through('a host in upper case', 'http://LOCALHOST:HTTP_PROXY'),
  core(through('http, with user and password', 'http://me:secret@127.0.0.1:HTTP_PROXY')),
  through('https, with user and password', 'https://me:secret@127.0.0.1:HTTPS_PROXY'),
  core(through('socks5, with user and password', 'socks5://me:secret@127.0.0.1:SOCKS_PROXY')),
  through(
    'http, with escapes in the password',
    'http://a%40b:p%3Aw%2F%25%20x@127.0.0.1:HTTP_PROXY',
  ),
  through(
    'socks5, with escapes in the password',
    'socks5://a%40b:p%3Aw%2F%25@127.0.0.1:SOCKS_PROXY',
  ),
  through(
    'http, with letters beyond ASCII in the password',
    'http://me:caf%C3%A9@127.0.0.1:HTTP_PROXY',
  ),
  through('http, with a plus in the password', 'http://me:a+b@127.0.0.1:HTTP_PROXY'),
  through(
    'http, with signs in the password',
    '"http://me:a!b$c&d\'(e)*f,g;h=i~@127.0.0.1:HTTP_PROXY"',
  ),
  through('http, with a user only', 'http://me@127.0.0.1:HTTP_PROXY'),
  through('socks5, with a user only', 'socks5://me@127.0.0.1:SOCKS_PROXY'),
  through('http, with an empty password', 'http://me:@127.0.0.1:HTTP_PROXY'),
  through('socks5, with an empty password', 'socks5://me:@127.0.0.1:SOCKS_PROXY'),
  through('http, with a password only', 'http://:secret@127.0.0.1:HTTP_PROXY'),
  through('http, with an at sign in the password', 'http://me:p@w@127.0.0.1:HTTP_PROXY'),
  through('http, with a percent sign in the password', 'http://me:50%@127.0.0.1:HTTP_PROXY'),
  through('http, with a hash in the password', '"http://me:a#b@127.0.0.1:HTTP_PROXY"'),
  through('http, with a slash in the password', 'http://me:a/b@127.0.0.1:HTTP_PROXY'),
  through('a path', 'http://127.0.0.1:HTTP_PROXY/proxy?x=1'),
  through('no scheme', '127.0.0.1:HTTP_PROXY'),
  through('no scheme, by name', 'localhost:HTTP_PROXY'),
  through('no host', '"http://"'),
  through('no host and a port', 'http://:HTTP_PROXY'),
  through('a blank at the start', '" http://127.0.0.1:HTTP_PROXY"'),
  through('a blank at the end', '"http://127.0.0.1:HTTP_PROXY "'),
  through('a placeholder', `http://$\{PROXY_HOST}:3128`),
  through('a port too high', 'http://127.0.0.1:99999'),
  through('nobody there', 'http://127.0.0.1:1'),
  through('plain http where TLS is spoken', 'http://127.0.0.1:HTTPS_PROXY'),
  through('TLS where plain http is spoken', 'https://127.0.0.1:HTTP_PROXY'),
  through('null', 'null'),
  through('an empty text', '""'),
  through('a number', '3128'),
  also(
    'a server by number',
    'http://127.0.0.1:HTTP_PROXY',
    `server: https://127.0.0.1:PORT\n${authority}`,
  ),
  also(
    'socks5, a server by number',
    'socks5://127.0.0.1:SOCKS_PROXY',
    `server: https://127.0.0.1:PORT\n${authority}`,
  ),
  also('a path of the server', 'http://127.0.0.1:HTTP_PROXY', safe),
  also(
    'a name for TLS',
    'http://127.0.0.1:HTTP_PROXY',
    `server: https://127.0.0.1:PORT\n${authority}\ntls-server-name: localhost`,
  ),
  also(
    'https, a name for TLS',
    'https://127.0.0.1:HTTPS_PROXY',
    `server: https://127.0.0.1:PORT\n${authority}\ntls-server-name: localhost`,
  ),
  also(
    'socks5, a name for TLS',
    'socks5://127.0.0.1:SOCKS_PROXY',
    `server: https://127.0.0.1:PORT\n${authority}\ntls-server-name: localhost`,
  ),
  also('nobody is trusted', 'http://127.0.0.1:HTTP_PROXY', server),
  also('https, nobody is trusted', 'https://127.0.0.1:HTTPS_PROXY', server),
  also(
    'everybody is trusted',
    'http://127.0.0.1:HTTP_PROXY',
    `${server}\ninsecure-skip-tls-verify: true`,
  ),
  also(
    'https, everybody is trusted',
    'https://127.0.0.1:HTTPS_PROXY',
    `${server}\ninsecure-skip-tls-verify: true`,
  ),
  also('a client certificate', 'http://127.0.0.1:HTTP_PROXY', safe, certificate),
  also('https, a client certificate', 'https://127.0.0.1:HTTPS_PROXY', safe, certificate),
  also('socks5, a client certificate', 'socks5://127.0.0.1:SOCKS_PROXY', safe, certificate),
  also(
    'a user name and a password',
    'http://me:secret@127.0.0.1:HTTP_PROXY',
    safe,
    'username: you\npassword: other',
  ),
  also('another to act as', 'http://127.0.0.1:HTTP_PROXY', safe, 'token: a-token\nas: someone'),
  core(also('a plugin that is told', 'http://127.0.0.1:HTTP_PROXY', safe, told)),
  also('a plugin that is told of a password', 'http://me:p%40w@127.0.0.1:HTTP_PROXY/', safe, told),
  also('a plugin that is told in upper case', 'HTTP://LOCALHOST:HTTP_PROXY', safe, told),
  also('socks5, a plugin that is told', 'socks5://me:secret@127.0.0.1:SOCKS_PROXY', safe, told),
  also('plain http behind it', 'http://127.0.0.1:HTTP_PROXY', 'server: http://localhost:PLAIN'),
  also(
    'socks5, plain http behind it',
    'socks5://127.0.0.1:SOCKS_PROXY',
    'server: http://localhost:PLAIN',
  ),
];
