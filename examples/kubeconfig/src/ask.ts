import { bindAxios } from '@keyturn/axios';
import { createCredentialManager, isCredentialError } from '@keyturn/core';
import { loadKubeconfig } from '@keyturn/kubernetes';
import axios, { isAxiosError } from 'axios';

export interface AskOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Asks the API server of a kubeconfig for `path`, with the credentials of its user. */
export async function ask(path: string, { kubeconfig, context }: AskOptions): Promise<string> {
  const { server, bindOptions, source } = await loadKubeconfig({ path: kubeconfig, context });
  await using credentials = createCredentialManager({ source });
  const { client, unbind } = bindAxios(axios.create({ baseURL: server }), credentials, bindOptions);
  try {
    const { data } = await client.get<unknown>(path);
    return typeof data === 'string' ? data : JSON.stringify(data, null, 2);
  } finally {
    unbind();
  }
}

/** Says in one line why `ask` failed. */
export function explain(error: unknown): string {
  if (isCredentialError(error)) return `${error.code}: ${error.message}`;
  if (isAxiosError<unknown>(error)) {
    const { response } = error;
    if (response === undefined) return `${error.code ?? 'No answer'}: ${error.message}`;
    return `The server answered ${response.status} ${response.statusText}${reasonOf(response.data)}.`;
  }
  return error instanceof Error ? error.message : 'Something that is no error was thrown.';
}

/** A Kubernetes API server explains a refusal in the `message` of a Status object. */
function reasonOf(body: unknown): string {
  const { message } = Object(body) as { readonly message?: unknown };
  return typeof message === 'string' ? `: ${message}` : '';
}
