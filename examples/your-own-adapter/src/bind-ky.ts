import type { Binding, BindOptions, Credential, CredentialManager } from '@keyturn/core/binding';
import {
  checkBindOptions,
  isRefusedStatus,
  originScope,
  withCredential,
} from '@keyturn/core/binding';
import type { KyInstance } from 'ky';

/** Returns a ky that sends the credential of `manager`. It follows no redirects in scope: ky rejects with them. */
export function bindKy(
  client: KyInstance,
  manager: CredentialManager,
  options: BindOptions = {},
): Binding<KyInstance> {
  const { replay, refusedStatuses } = checkBindOptions('bindKy', options);
  const scope = originScope(options);
  const streams = new WeakSet<Request>();
  const bound = new AbortController();
  const noteStream = (request: Request, { body }: { readonly body?: unknown }): void => {
    if (Symbol.asyncIterator in Object(body)) streams.add(request);
  };
  const hooks = { beforeRequest: [noteStream] };
  const lists = (all: Headers) => Object.fromEntries([...all].map(([name, one]) => [name, [one]]));
  const sendOurs = async (request: Request, init?: RequestInit): Promise<Response> => {
    const isOurs = !bound.signal.aborted && scope.includes(request.url);
    if (!isOurs || request.headers.has('authorization')) return fetch(request, init);
    const send = ({ token }: Credential): Promise<Response> => {
      const attempt = request.clone();
      if (token && !bound.signal.aborted) attempt.headers.set('authorization', `Bearer ${token}`);
      return fetch(attempt, { ...init, redirect: 'manual' });
    };
    return withCredential(manager, send, ({ status }) => isRefusedStatus(status, refusedStatuses), {
      signal: request.signal,
      canReplay: () => replay && !streams.has(request),
      discard: ({ body }) => void body?.cancel().catch(() => {}),
      describe: ({ status, headers }) => ({ status, headers: lists(headers) }),
    });
  };
  return {
    client: client.extend({ hooks, fetch: sendOurs as typeof fetch }),
    supports: { token: true, clientCertificate: false, replay },
    unbind: () => bound.abort(),
  };
}
