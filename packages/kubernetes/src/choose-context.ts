import { CredentialError, nearest, quoted } from '@keyturn/core/binding';
import { Fields } from './document/fields.js';
import type { Entries, Kubeconfig } from './document/kubeconfig-document.js';

/** What is taken instead of the current context, or of what the context says; as kubectl's options of these names. */
export interface ContextChoice {
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
  readonly user?: string | undefined;
  readonly namespace?: string | undefined;
  /** Whether the context may name no user. */
  readonly anonymous?: boolean | undefined;
}

/** A context with the cluster and the user it names. */
export interface ChosenContext {
  /** Empty where there is no context, because cluster and user were named. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cluster: Fields;
  readonly user: Fields;
}

/**
 * Chooses the context that is wanted, or the current one, with the cluster, the user and the namespace that are wanted
 * instead of its own.
 * @throws {CredentialError} ERR_KUBECONFIG_CONTEXT listing what there is to choose from; ERR_KUBECONFIG_FIELD.
 */
export function chooseContext(kubeconfig: Kubeconfig, wanted: ContextChoice): ChosenContext {
  const name = wanted.context ?? kubeconfig.currentContext;
  const context = name === undefined ? undefined : contextCalled(kubeconfig, name);
  const part = (kind: 'cluster' | 'user', entries: Entries): Fields => {
    const partName = wanted[kind] ?? context?.text(kind);
    if (partName === undefined) {
      if (context === undefined) throw noCurrentContext(kubeconfig);
      if (kind === 'user' && wanted.anonymous === true) return nobody(context);
      throw context.problem(
        kind,
        `is missing. Name one there. ${choice(entries).replace(/\.$/, '')}`,
        'ERR_KUBECONFIG_CONTEXT',
      );
    }
    return find(kubeconfig, entries, describePart(kind, partName, wanted, name), partName, name);
  };
  return {
    name: name ?? '',
    namespace: wanted.namespace ?? (context && namespaceOf(context)),
    cluster: part('cluster', kubeconfig.clusters),
    user: part('user', kubeconfig.users),
  };
}

function nobody({ place }: Fields): Fields {
  return Fields.of({}, place);
}

/** What cannot be one part of a path would lead every request elsewhere; client-go refuses it when it makes one. */
function namespaceOf(context: Fields): string | undefined {
  const namespace = context.text('namespace');
  if (namespace === undefined || !/[/%]|^\.\.?$/.test(namespace)) return namespace;
  throw context.problem(
    'namespace',
    'is no name: it holds a slash or a percent sign, or is dots only. Correct it',
  );
}

function contextCalled(kubeconfig: Kubeconfig, name: string): Fields {
  return find(kubeconfig, kubeconfig.contexts, `Context ${quoted(name)}`, name);
}

function describePart(
  kind: 'cluster' | 'user',
  name: string,
  wanted: ContextChoice,
  context: string | undefined,
): string {
  const subject = `${kind === 'user' ? 'User' : 'Cluster'} ${quoted(name)}`;
  return wanted[kind] === undefined ? `${subject} of context ${quoted(context ?? '')}` : subject;
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
      `${subject} is not in ${kubeconfig.files.join(', ')}. ${choice(entries, name)}`,
    );
  }
  return Fields.of(entry.value, { ...entry.place, context });
}

function noCurrentContext({ files, contexts }: Kubeconfig): CredentialError {
  const where = files.join(', ');
  const fact =
    contexts.size === 0
      ? `${where} holds no contexts. Give the path of a kubeconfig that does.`
      : `"current-context" is not set in ${where}. Give the option "context". ${choice(contexts)}`;
  return new CredentialError('ERR_KUBECONFIG_CONTEXT', `No context is chosen: ${fact}`);
}

// As many as are read in one look.
const mostNames = 20;

/** Says what there is instead of `wanted`, and what was meant by it where only the case of letters or a blank differs. */
function choice(entries: Entries, wanted?: string): string {
  const meant = nearest(wanted ?? '', [...entries.keys()]);
  const question = meant === undefined ? '' : `Did you mean ${quoted(meant)}? `;
  const names = [...entries.keys()].map((name) =>
    name === '' ? 'one without a name, which needs one' : quoted(name),
  );
  if (names.length === 0) return 'There are none.';
  const rest = names.length - mostNames;
  const shown = names.slice(0, mostNames).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return `${question}There ${names.length === 1 ? 'is' : 'are'} ${shown}.`;
}
