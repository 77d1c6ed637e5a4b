import type { Binding, BindOptions, Credential, CredentialManager } from '@keyturn/core/binding';
import {
  carriesHeadersOf,
  checkBindOptions,
  headersToAdd,
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
  let hasMore = false;
  const noteStream = (request: Request, { body }: { readonly body?: unknown }): void => {
    if (Symbol.asyncIterator in Object(body)) streams.add(request);
  };
  const hooks = { beforeRequest: [noteStream] };
  const lists = (all: Headers) => Object.fromEntries([...all].map(([name, one]) => [name, [one]]));
  const sendOurs = async (request: Request, init?: RequestInit): Promise<Response> => {
    if (bound.signal.aborted || !scope.includes(request.url)) return fetch(request, init);
    const isSet = (key: string): boolean => request.headers.has(key);
    const send = (credential?: Credential): Promise<Response> => {
      hasMore ||= credential?.headers !== undefined;
      const attempt = request.clone();
      const carried = bound.signal.aborted ? undefined : credential;
      const headers = carried === undefined ? [] : headersToAdd(carried, isSet);
      for (const { name, value } of headers) attempt.headers.set(name, value);
      return fetch(attempt, { ...init, redirect: 'manual' });
    };
    // Nothing is asked for it; what else is held goes along, and is waited for once it is known.
    if (isSet('authorization')) return send(hasMore ? await manager.current() : manager.peek());
    const isRefused = ({ status }: Response, credential: Credential): boolean =>
      isRefusedStatus(status, refusedStatuses) && carriesHeadersOf(credential, isSet);
    return withCredential(manager, send, isRefused, {
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
