import { Fields } from './document/fields.js';
import { readKubeconfig } from './document/kubeconfig-files.js';
import { checkWhichKubeconfig, type WhichKubeconfig } from './load-options.js';

/** A context as it stands in a kubeconfig; whether its cluster and user are there shows when it is loaded. */
export interface ListedContext {
  readonly name: string;
  /** Whether `loadKubeconfig()` takes it when none is asked for. */
  readonly isCurrent: boolean;
  readonly cluster: string | undefined;
  readonly user: string | undefined;
  readonly namespace: string | undefined;
}

/**
 * Lists the contexts of a kubeconfig, in the order in which they stand there: what `kubectl config get-contexts` shows. No file
 * that they name is read.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_READ, _PARSE or _FIELD, as `loadKubeconfig` does.
 * @throws {TypeError} for an option that is unknown or has a nonsensical value, and for `path` together with `text`.
 */
export async function listContexts(options: WhichKubeconfig = {}): Promise<ListedContext[]> {
  const { contexts, currentContext } = await readKubeconfig(
    checkWhichKubeconfig('listContexts', options),
  );
  return [...contexts].map(([name, { value, place }]) => {
    const fields = Fields.of(value, place);
    return {
      name,
      isCurrent: name === currentContext,
      cluster: fields.text('cluster'),
      user: fields.text('user'),
      namespace: fields.text('namespace'),
    };
  });
}
