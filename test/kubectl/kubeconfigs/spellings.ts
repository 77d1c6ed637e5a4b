import type { Trial } from '../trial.js';
import { authority, core, kubeconfig, server, withUser, written } from './written.js';

const plain = kubeconfig();

function spelled(name: string, text: string | Uint8Array): Trial {
  return written(`YAML: ${name}`, text);
}

function changed(name: string, from: string | RegExp, to: string): Trial {
  return spelled(name, plain.replace(from, to));
}

/** Fills in nothing, so what is in another encoding trusts everybody and looks for nobody. */
function encoded(name: string, encode: (text: string) => Uint8Array): Trial {
  return spelled(name, encode(elsewhere));
}

const elsewhere = kubeconfig({
  cluster: 'server: https://localhost:1\ninsecure-skip-tls-verify: true',
});

const json = `{
  "apiVersion": "v1", "kind": "Config", "current-context": "work",
  "clusters": [{"name": "prod", "cluster": {"server": "https://localhost:PORT", "certificate-authority-data": "CA_DATA"}}],
  "contexts": [{"name": "work", "context": {"cluster": "prod", "user": "me"}}],
  "users": [{"name": "me", "user": {"token": "a-token"}}]
}
`;

const anchored = `apiVersion: v1
kind: Config
current-context: &name work
x-secrets: &secrets {token: a-token, as: someone}
clusters: [{name: prod, cluster: &prod {server: "https://localhost:PORT", certificate-authority-data: CA_DATA}}]
contexts: [{name: *name, context: {cluster: prod, user: me}}]
users: [{name: me, user: *secrets}]
`;

const merged = `apiVersion: v1
kind: Config
current-context: work
x-base: &base
  certificate-authority-data: CA_DATA
  server: https://localhost:PORT/base
x-more: &more {server: "https://localhost:PORT/more", disable-compression: true}
clusters:
- name: prod
  cluster:
    <<: *base
    server: https://localhost:PORT/own
contexts:
- name: work
  context: {cluster: prod, user: me}
users:
- name: me
  user: {token: a-token}
`;

/** The same said in other ways, and in ways that say something else. */
export const spellingKubeconfigs: readonly Trial[] = [
  spelled('JSON', json),
  spelled('JSON on one line', json.replaceAll('\n', '')),
  spelled('JSON that tabs indent', json.replaceAll('  ', '\t')),
  spelled('JSON with escapes', json.replace('a-token', '\\u0061-t\\u006fken')),
  spelled('JSON with slashes escaped', json.replaceAll('://', ':\\/\\/')),
  spelled('JSON with a comma too many', json.replace('"a-token"}', '"a-token",}')),
  spelled('JSON with a comment', json.replace('"kind"', '/* kind */ "kind"')),
  spelled('JSON and something behind it', `${json}}`),
  spelled('JSON and a second text behind it', `${json}{"users": []}`),
  spelled(
    'JSON with a key twice',
    json.replace('"token": "a-token"', '"token": "first", "token": "second"'),
  ),
  spelled('JSON that breaks off', json.slice(0, -5)),
  spelled('anchors', anchored),
  spelled(
    'an alias of what comes later',
    anchored.replace('*name', '*prod').replace('x-secrets', 'y'),
  ),
  spelled('an alias of nothing', anchored.replace('*secrets', '*nobody')),
  core(spelled('merge keys', merged)),
  spelled('merge keys behind the rest', merged.replace(/( {4}<<.*\n)( {4}server.*\n)/, '$2$1')),
  spelled(
    'merge keys of a list',
    merged
      .replace('*base', '[*more, *base]')
      .replace('    server: https://localhost:PORT/own\n', ''),
  ),
  spelled(
    'merge keys of a list, the other way',
    merged
      .replace('*base', '[*base, *more]')
      .replace('    server: https://localhost:PORT/own\n', ''),
  ),
  spelled('merge keys in quotes', merged.replace('<<: *base', '"<<": *base')),
  spelled('merge keys of a word', merged.replace('*base', 'base')),
  spelled(
    'merge keys twice',
    merged
      .replace('<<: *base', '<<: *base\n    <<: *more')
      .replace('    server: https://localhost:PORT/own\n', ''),
  ),
  spelled(
    'flow style over lines',
    plain.replace(
      /users:\n[\s\S]*/,
      'users: [\n  {\n    name: me,\n    user: {\n      token: a-token\n    }\n  }\n]\n',
    ),
  ),
  changed(
    'brackets that end below their key',
    /users:\n[\s\S]*/,
    'users: [{ name: me, user: {\n  token: a-token\n}\n}\n]\n',
  ),
  changed(
    'brackets that begin below their key',
    /users:\n[\s\S]*/,
    'users: [\n{\nname: me,\nuser: {\ntoken: a-token } } ]\n',
  ),
  changed(
    'brackets that end below their key, after a tab',
    /users:\n[\s\S]*/,
    'users: [\n  { name: me, user: { token: a-token } }\n\t]\n',
  ),
  changed('a quoted text that goes on below its key', 'token: a-token', 'token: "a\n  b\nc"'),
  changed('a block of lines', 'token: a-token', 'token: |-\n      a-token'),
  changed('a block that ends in a line break', 'token: a-token', 'token: |\n      a-token'),
  changed('a folded block', 'token: a-token', 'token: >-\n      a-token'),
  changed('a folded block of two lines', 'token: a-token', 'token: >-\n      a-token\n      more'),
  changed('a block with an indentation of its own', 'token: a-token', 'token: |2-\n      a-token'),
  changed('a plain text over two lines', 'token: a-token', 'token: a\n      b'),
  changed('a quoted text over two lines', 'token: a-token', 'token: "a\n      b"'),
  changed(
    'a quoted text with a backslash at its end',
    'token: a-token',
    'token: "a-\\\n      token"',
  ),
  changed('single quotes', 'token: a-token', "token: 'it''s'"),
  changed(
    'double quotes with escapes',
    'token: a-token',
    'token: "\\x61-\\u0074oken\\U0000002d\\t"',
  ),
  changed('an escape that is none', 'token: a-token', 'token: "a\\qb"'),
  changed('keys in quotes', /^( *)([a-z-]+):/gm, '$1"$2":'),
  changed('keys with a question mark', 'token: a-token', '? token\n    : a-token'),
  changed('a blank before the colon', 'token: a-token', 'token : a-token'),
  changed('no blank behind the colon', 'token: a-token', 'token:a-token'),
  changed('a tab behind the colon', 'token: a-token', 'token:\ta-token'),
  changed('a tab at the end of a line', 'token: a-token', 'token: a-token\t'),
  changed('a tab that indents', '    token: a-token', '\ttoken: a-token'),
  changed('a tab among the blanks that indent', '    token: a-token', '   \ttoken: a-token'),
  changed('tabs on an empty line', 'users:', '\t\t\nusers:'),
  changed('a tab before a comment', 'token: a-token', 'token: a-token\t# mine'),
  changed('a comment', 'token: a-token', 'token: a-token # mine'),
  changed('a hash without a blank', 'token: a-token', 'token: a-token#mine'),
  changed('lists that are indented', /^- name: me\n {2}user:\n/m, '  - name: me\n    user:\n  '),
  changed('indentation that slips', '    token: a-token', '   token: a-token\n    as: someone'),
  changed('Windows line breaks', /\n/g, '\r\n'),
  changed('line breaks of old', /\n/g, '\r'),
  changed('line breaks of both kinds', /\nusers:\n/, '\r\nusers:\r\n'),
  changed('no line break at the end', /\n$/, ''),
  changed('a byte order mark', /^/, '\ufeff'),
  changed('a byte order mark in the middle', 'users:', '\ufeffusers:'),
  changed('a byte order mark and three dashes', /^/, '\ufeff---\n'),
  changed('a blank that does not break', 'token: a-token', 'token:\u00a0a-token'),
  changed('a NUL at the end', /$/, '\0'),
  changed('a control character in a comment', 'users:', '# \x07\nusers:'),
  changed('a control character in a value', 'token: a-token', 'token: "a\x07b"'),
  changed('a DEL in a comment', 'users:', '# \x7f\nusers:'),
  changed('a next line of Unicode in a comment', 'users:', '# a \u0085 b\nusers:'),
  changed('a line separator of Unicode in a comment', 'users:', '# a \u2028 b: c\nusers:'),
  changed('a smiling face in a comment', 'users:', '# \ud83d\ude00\nusers:'),
  encoded('UTF-16, little end first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')),
  encoded('UTF-16, big end first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()),
  encoded('UTF-16 that does not say so', (text) => Buffer.from(text, 'utf16le')),
  encoded('Latin-1 in a comment', (text) => Buffer.from(`# caf\u00e9\n${text}`, 'latin1')),
  encoded('Latin-1 in a value', (text) =>
    Buffer.from(text.replace('a-token', 'caf\u00e9'), 'latin1'),
  ),
  encoded('a byte order mark in bytes', (text) => Buffer.from(`\ufeff${text}`)),
  changed('a value twice', 'token: a-token', 'token: first\n    token: second'),
  changed('a value twice, null last', 'token: a-token', 'token: a-token\n    token: null'),
  changed('a part twice', 'users:\n', 'users: []\nusers:\n'),
  changed('a part twice, the empty one last', /$/, 'users: []\n'),
  changed('a version twice', 'kind: Config', 'kind: Config\nkind: Config'),
  changed('three dashes first', /^/, '---\n'),
  changed('three dots at the end', /$/, '...\n'),
  changed('three dots and rubbish at the end', /$/, '...\n}}}\n'),
  changed('a second document', /$/, '---\nusers: []\ncurrent-context: other\n'),
  changed('a second document that is broken', /$/, '---\n{{{\n'),
  changed('an empty document first', /^/, '---\n---\n'),
  changed('a comment as the first document', /^/, '# nothing\n---\n'),
  changed('another document first', /^/, 'kind: Secret\n---\n'),
  changed('a directive', /^/, '%YAML 1.1\n---\n'),
  changed('a directive of YAML 1.2', /^/, '%YAML 1.2\n---\n'),
  changed('a directive of tags', /^/, '%TAG !e! tag:example.org,2026:\n---\n'),
  changed('a directive that nobody knows', /^/, '%COLOUR red\n---\n'),
  changed('a tag', 'token: a-token', 'token: !!str 12345'),
  changed('a tag that is wrong', 'token: a-token', 'token: !!int a-token'),
  changed('a tag of bytes', 'token: a-token', 'token: !!binary YS10b2tlbg=='),
  changed('a tag that nobody knows', 'token: a-token', 'token: !secret a-token'),
  changed('a tag of an object', 'token: a-token', 'extra: !!set {a, b}\n    token: a-token'),
  changed('a word that is true', 'token: a-token', 'token: yes'),
  changed('a number in octal', 'token: a-token', 'token: 0o17'),
  changed('a number in quotes', 'token: a-token', 'token: "0017"'),
  changed('a date', 'token: a-token', 'token: 2026-01-02'),
  changed('a time', 'token: a-token', 'token: 12:30:45'),
  changed('a number with an exponent', 'token: a-token', 'token: 1e5'),
  changed('a number with underscores', 'token: a-token', 'token: 1_000'),
  changed('a word that is null', 'token: a-token', 'token: ~'),
  changed('infinity', 'token: a-token', 'token: .inf'),
  changed('names that are true', /\bme\b/g, 'on'),
  changed('names that are numbers', /\bme\b/g, '5'),
  changed('names that are null', /\bme\b/g, '~'),
  changed('names in quotes and without', 'user: me', 'user: "me"'),
  changed('names that are dates', /\bme\b/g, '2026-01-02'),
  changed('no version', 'apiVersion: v1\n', ''),
  changed('no kind', 'kind: Config\n', ''),
  changed('neither version nor kind', 'apiVersion: v1\nkind: Config\n', ''),
  changed('an empty version', 'apiVersion: v1', 'apiVersion: ""'),
  changed('another version', 'apiVersion: v1', 'apiVersion: v2'),
  changed('a version with a group', 'apiVersion: v1', 'apiVersion: config.k8s.io/v1'),
  changed('a version that is a number', 'apiVersion: v1', 'apiVersion: 1'),
  changed('another kind', 'kind: Config', 'kind: Pod'),
  changed('a kind in small letters', 'kind: Config', 'kind: config'),
  changed(
    'a kind of another version',
    'apiVersion: v1\nkind: Config',
    'apiVersion: v1\nkind: Preferences',
  ),
  changed('preferences', /$/, 'preferences: {colors: true}\n'),
  changed('preferences that are a list', /$/, 'preferences: []\n'),
  changed('extensions', /$/, 'extensions: [{name: a, extension: {b: 1}}]\n'),
  changed('fields that nobody knows', /$/, 'colour: red\nusersX: [1]\n'),
  changed('a field in other letters', 'current-context', 'currentContext'),
  changed('a field in upper case', 'users:', 'Users:'),
  changed('a field of a user in upper case', 'token:', 'Token:'),
  changed('a field of a context in other letters', 'user: me', 'User: me'),
  changed('a key that is a list', /$/, '? [a, b]\n: c\n'),
  changed('a key that is a number', /$/, '5: x\ntrue: y\n'),
  changed('a key that is null', /$/, '~: x\n'),
  spelled('a list in place of the object', '- a\n- b\n'),
  spelled('a word in place of the object', 'hello\n'),
  changed('a quote that nobody closes', 'name: me', 'name: "me'),
  changed('a bracket that nobody closes', 'token: a-token', 'token: [a-token'),
  changed('an at sign at the start', 'token: a-token', 'token: @token'),
  changed('a percent sign at the start', 'token: a-token', 'token: %token'),
  changed('a backtick at the start', 'token: a-token', 'token: `token`'),
  changed('a dash at the start', 'token: a-token', 'token: -token'),
  changed('a colon inside', 'token: a-token', 'token: a: b'),
  changed('a colon at the end', 'token: a-token', 'token: a:'),
  changed('braces of a template', 'token: a-token', 'token: {{ token }}'),
  changed('marks of a merge', /^/, '<<<<<<< HEAD\n'),
  spelled('an HTML page', '<!DOCTYPE html>\n<html><body>Sign in.</body></html>\n'),
  spelled('nothing', ''),
  spelled('blanks', ' \n\n  '),
  spelled('a comment alone', '# nothing yet\n'),
  spelled('three dashes alone', '---\n'),
  spelled('null', 'null\n'),
  spelled('an empty object', '{}\n'),
  spelled('a kind and nothing else', 'apiVersion: v1\nkind: Config\n'),
  changed('nesting without end', /$/, `x: ${'['.repeat(300)}\n`),
  changed('aliases that lead to themselves', /$/, 'x: &x [*x]\n'),
  changed('a hundred aliases', /$/, `x: &x [1, 2]\ny: [${'*x, '.repeat(100)}]\n`),
  withUser(
    'YAML: nulls everywhere',
    'token: a-token\nusername: null\npassword: ~\nexec:\nauth-provider: null\nas: null\nas-groups: null\nas-user-extra: null\nclient-certificate: null\ntokenFile: null',
  ),
  written(
    'YAML: nulls everywhere in the cluster',
    kubeconfig({
      cluster: `${server}\n${authority}\nproxy-url: null\ntls-server-name: ~\ninsecure-skip-tls-verify: null\ncertificate-authority: null\nextensions: null\ndisable-compression: null`,
    }),
  ),
];
