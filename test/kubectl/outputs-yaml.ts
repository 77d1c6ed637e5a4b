import { type Trial, v1 } from './trial.js';

const head = `kind: ExecCredential\napiVersion: ${v1}\nstatus:\n`;

function printing(name: string, output: string | Uint8Array, core = false): Trial {
  return { name: `YAML: ${name}`, output, core };
}

/** A token as a YAML scalar. */
function token(scalar: string): string {
  return `${head}  token: ${scalar}\n`;
}

/** What a plugin can print that is no JSON. */
export const yamlOutputs: readonly Trial[] = [
  printing('a token', token('a-token'), true),
  printing('a leading ---', `---\n${token('a-token')}`),
  printing('a second document', `${token('a-token')}---\nkind: Secret\n`),
  printing('a broken second document', `${token('a-token')}---\n{[\n`),
  printing('comments', `# a comment\n${token('a-token # another')}`),
  printing(
    'a comment before JSON',
    `# a comment\n{"apiVersion":"${v1}","status":{"token":"a-token"}}`,
  ),
  printing('a comment only', '# a comment\n'),
  printing('a directive of version 1.2', `%YAML 1.2\n---\n${token('a-token')}`),
  printing('a tab as indentation', `${head}\ttoken: a-token\n`),
  printing('Windows line ends', token('a-token').replaceAll('\n', '\r\n')),
  printing('a flow mapping', `kind: ExecCredential\napiVersion: ${v1}\nstatus: {token: a-token}\n`),
  printing('a number', token('123')),
  printing('a number in quotes', token("'123'")),
  printing('a number with a tag', token('!!str 123')),
  printing('an exponent', token('1e3')),
  printing('an octal number', token('017')),
  printing('a hexadecimal number', token('0x1F')),
  printing('a number with underscores', token('1_000')),
  printing('a base 60 number', token('1:30')),
  printing('a date', token('2026-01-02')),
  printing('true', token('true')),
  printing('yes', token('yes')),
  printing('on', token('on')),
  printing('y', token('y')),
  printing('null', token('null')),
  printing('a tilde', token('~')),
  printing('nothing', token('')),
  printing('a list', token('[a]')),
  printing('a literal block', token('|\n    a-token')),
  printing('a folded block', token('>-\n    a\n    token')),
  printing('escapes', token('"a\\x2dtoken"')),
  printing('an unknown escape', token('"a\\qtoken"')),
  printing('a binary value', token('!!binary YS10b2tlbg==')),
  printing('an anchor and an alias', `x: &x a-token\n${token('*x')}`),
  printing('an alias without an anchor', token('*x')),
  printing(
    'a merge key',
    `x: &x {token: a-token}\nkind: ExecCredential\napiVersion: ${v1}\nstatus: {<<: *x}\n`,
  ),
  printing('a number as key', `1: x\n${token('a-token')}`),
  printing('true as key', `true: x\n${token('a-token')}`),
  printing('null as key', `~: x\n${token('a-token')}`),
  printing(
    'an expiry without quotes',
    `${token('a-token')}  expirationTimestamp: 2099-01-02T03:04:05Z\n`,
  ),
  printing('a control character', token('"a\u0001token"')),
  printing('an escaped control character', token('"a\\u0001token"')),
  printing('invalid UTF-8', Buffer.from(token('a-\u00fftoken'), 'latin1')),
  printing('a colon and a space in a word', token('a: token')),
  printing('a percent sign first', token('%a')),
];
