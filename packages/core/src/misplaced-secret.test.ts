import { describe, expect, it } from 'vitest';
import { hideMisplaced, isMisplacedSecret } from './misplaced-secret.js';

const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n';
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmVk-_';

describe('a secret in the place of a name', () => {
  it.each([
    [key, '-----BEGIN PRIVATE KEY-----…'],
    [`/home/me/${key}`, '/home/me/-----BEGIN PRIVATE KEY-----…'],
    [jwt, 'eyJ…'],
    [`/home/me/${jwt}`, '/home/me/eyJ…'],
    [jwt.slice(0, -3), 'eyJ…'],
    [`${jwt}, ${jwt}`, 'eyJ…, eyJ…'],
  ])('shows how it begins alone: %j', (name, shown) => {
    expect(hideMisplaced(name)).toBe(shown);
    expect(isMisplacedSecret(name)).toBe(true);
  });

  it.each(['/run/tls.key', 'C:\\keys\\eyJ', 'heyJude.ab.cd', 'https://api.example', '-----BEGIN'])(
    'is not %j',
    (name) => {
      expect(hideMisplaced(name)).toBe(name);
      expect(isMisplacedSecret(name)).toBe(false);
    },
  );
});
