import { CredentialError, quoted } from '@keyturn/core/binding';
import { Fields } from './fields.js';
import type { Entries, Kubeconfig } from './kubeconfig-document.js';

/** A context with the cluster and the user it names. */
export interface ChosenContext {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: Fields;
  readonly user: Fields;
}

/**
 * Chooses the context `wanted`, or the current one.
 * @throws {CredentialError} ERR_KUBECONFIG_CONTEXT listing what there is to choose from; ERR_KUBECONFIG_FIELD.
 */
export function chooseContext(kubeconfig: Kubeconfig, wanted: string | undefined): ChosenContext {
  const name = wanted ?? kubeconfig.currentContext;
  if (name === undefined) throw noCurrentContext(kubeconfig);
  const context = find(kubeconfig, kubeconfig.contexts, `Context ${quoted(name)}`, name);
  const part = (kind: 'cluster' | 'user', entries: Entries): Fields => {
    const partName = context.text(kind);
    if (partName === undefined) {
      throw context.problem(kind, 'is missing', 'ERR_KUBECONFIG_CONTEXT');
    }
    const subject = `${kind === 'user' ? 'User' : 'Cluster'} ${quoted(partName)} of context ${quoted(name)}`;
    return find(kubeconfig, entries, subject, partName, name);
  };
  return {
    name,
    namespace: context.text('namespace'),
    cluster: part('cluster', kubeconfig.clusters),
    user: part('user', kubeconfig.users),
  };
}

function find(
  kubeconfig: Kubeconfig,
  entries: Entries,
  subject: string,
  name: string,
  context?: string,
): Fields {
  const entry = entries.get(name);
  if (entry === undefined) {
    throw new CredentialError(
      'ERR_KUBECONFIG_CONTEXT',
      `${subject} is not in ${kubeconfig.files.join(', ')}. ${choice(entries)}`,
    );
  }
  return Fields.of(entry.value, { ...entry.place, context });
}

function noCurrentContext({ files, contexts }: Kubeconfig): CredentialError {
  return new CredentialError(
    'ERR_KUBECONFIG_CONTEXT',
    `No context is chosen: "current-context" is not set in ${files.join(', ')}. Give the option "context". ${choice(contexts)}`,
  );
}

function choice(entries: Entries): string {
  const names = [...entries.keys()].map(quoted);
  if (names.length === 0) return 'There are none.';
  return `There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}.`;
}
