import { originScope } from '@keyturn/core/binding';
import { expect, it } from 'vitest';
import { agentScope } from './agent-scope.js';

const scope = agentScope(
  originScope({ origins: ['https://api.example', 'https://[::1]:6443', 'http://127.0.0.1:80'] }),
);

it.each([
  { host: 'api.example', port: 443 },
  { host: 'api.example', port: '443' },
  { host: 'API.Example', port: 443 },
  { host: '::1', port: 6443 },
  { host: '[::1]', port: 6443 },
])('knows $host:$port as its own', (options) => {
  expect(scope(options)).toBe(true);
});

it.each([
  { host: 'api.example', port: 8443 },
  { host: 'api.example.evil.example', port: 443 },
  { host: 'evil.example', port: 443 },
  { host: 'api.example/', port: 443 },
  { host: 'user@api.example', port: 443 },
  { host: '127.0.0.1', port: 80 },
  { host: '::1', port: 443 },
  { host: undefined, port: undefined },
  { host: 'api.example', port: 443, socketPath: '/run/somewhere.sock' },
])('leaves $host:$port alone', (options) => {
  expect(scope(options)).toBe(false);
});
