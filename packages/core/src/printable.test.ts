import { describe, expect, it } from 'vitest';
import { CredentialError } from './errors.js';
import { oneLine, printable, quoted } from './printable.js';

describe('a text of somebody else', () => {
  it('keeps what people write', () => {
    const kept = 'aé̂7٣.,$€+ \u00a0\t\n\u{1f511}日本';
    expect(printable(kept)).toBe(kept);
  });

  it.each([
    ['\u001b]0;title\u0007', 'U+001B]0;titleU+0007'],
    ['\u009b2K', 'U+009B2K'],
    ['over\rwritten\b', 'overU+000DwrittenU+0008'],
    ['\u202egnp.exe', 'U+202Egnp.exe'],
    ['\u2066\u200f\u061c', 'U+2066U+200FU+061C'],
    ['zero\u200bwidth\ufeff', 'zeroU+200BwidthU+FEFF'],
    ['\u2028\u2029\v\f', 'U+2028U+2029U+000BU+000C'],
    ['\ud800 \u{e0001}\0\u007f', 'U+D800 U+E0001U+0000U+007F'],
    ['Windows\r\nline', 'Windows\nline'],
  ])('cannot steer a terminal: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('stays on its line where it is a name', () => {
    expect(oneLine('a\r\n[error] forged\t')).toBe('aU+000DU+000A[error] forgedU+0009');
    expect(quoted('-----BEGIN PRIVATE KEY-----\nMIGH')).toBe('"-----BEGIN PRIVATE KEY-----…"');
    expect(quoted('a"b')).toBe('"a"b"');
    expect(quoted('x'.repeat(1_000_000)).length).toBeLessThan(5_000);
    expect(quoted('\0'.repeat(4_000)).length).toBeLessThan(5_000);
  });

  it('is made printable in every message and every stderr of an error', () => {
    const error = new CredentialError('ERR_SOURCE_FAILED', 'a\u001bb', { stderr: 'c\u009bd\re' });
    expect(error.message).toBe('aU+001Bb');
    expect(error.stderr).toBe('cU+009BdU+000De');
    expect(error.stack).not.toContain('\u001b');
  });
});
