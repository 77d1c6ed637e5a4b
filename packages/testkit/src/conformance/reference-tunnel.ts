import http, { type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { CredentialError, type ProxyAddress } from '@keyturn/core/binding';

/**
 * Resolves with a tunnel through an http proxy.
 * @param target `host:port`
 * @param more headers for the proxy
 * @throws {CredentialError} ERR_PROXY.
 */
export function openTunnel(
  proxy: ProxyAddress,
  target: string,
  more: OutgoingHttpHeaders = {},
): Promise<Socket> {
  const { host, port, name } = proxy;
  const { user, password } = proxy.login() ?? {};
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  const headers = {
    ...more,
    ...(user !== undefined && { 'proxy-authorization': `Basic ${basic}` }),
  };
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new CredentialError('ERR_PROXY', `The proxy "${name}" ${what}.`));
    const request = http.request({ host, port, method: 'CONNECT', path: target, headers });
    request.on('error', () => fail('cannot be reached'));
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      fail(`answered with status ${statusCode}`);
    });
    request.end();
  });
}
