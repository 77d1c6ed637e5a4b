import { polluted } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { checkBindOptions } from './binding.js';

describe('checkBindOptions', () => {
  it.each([
    [{ origin: 'https://a' }, /no option "origin"/],
    [{ drainTimeoutMs: -1 }, /"drainTimeoutMs"/],
    [{ replay: 'yes' }, /"replay"/],
    [{ allowInsecure: 1 }, /"allowInsecure"/],
    [{ tls: { cert: 'x' } }, /no option "cert": .* The source returns it/],
    [{ tls: { keys: 'x' } }, /no option "keys"/],
    [{ tls: { ca: '/etc/ca.crt' } }, /"tls.ca" .* "fileTrust\(path\)"/],
    [{ tls: { ca: ['-----BEGIN CERTIFICATE-----', '/etc/ca.crt'] } }, /"tls.ca" .* PEM text/],
    [{ tls: { ca: { name: 'a trust without its method' } } }, /"tls.ca" .* trust source/],
  ])('refuses %j and says which option', (options, message) => {
    expect(() => checkBindOptions('bindTest', options as object)).toThrow(message);
  });

  it('reads each option once, and keeps what it has read', () => {
    let reads = 0;
    const ca = Buffer.from('authority');
    const options = {
      get origins() {
        reads += 1;
        return ['https://api.example'];
      },
      tls: { ca: [ca], servername: 'api.example' },
    };
    const checked = checkBindOptions('bindIt', options);
    options.tls.servername = 'evil.example';
    ca.fill(0);
    expect([checked.origins, checked.origins, reads]).toMatchObject([{}, {}, 1]);
    expect(checked.tls).toMatchObject({
      ca: [Buffer.from('authority')],
      servername: 'api.example',
    });
  });

  it('takes nothing that stands on Object.prototype for an option', () => {
    const values = { origins: ['https://evil.example'], allowInsecure: true, replay: false };
    const tls = { rejectUnauthorized: false, servername: 'evil.example' };
    const { checked, read } = polluted({ ...values, ...tls, tls }, () => {
      const checked = checkBindOptions('bindIt', {});
      return {
        checked,
        read: [checked.origins, checked.tls, checked.replay, checked.allowInsecure],
      };
    });
    expect(read).toEqual([undefined, undefined, true, false]);
    expect(Object.getPrototypeOf(checked)).toBe(null);
  });

  it('fills in the defaults', () => {
    expect(checkBindOptions('bindTest', {})).toEqual({
      replay: true,
      allowInsecure: false,
      refusedStatuses: [401],
    });
  });
});
