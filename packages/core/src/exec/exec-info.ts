import type { Refusal } from '../contract.js';
import type { ExecApiVersion, ExecCluster, ExecEnvironmentVariable } from './exec-config.js';

const execInfoName = 'KUBERNETES_EXEC_INFO';

/** What a plugin is told in `KUBERNETES_EXEC_INFO`. */
export interface ExecInfo {
  readonly apiVersion: ExecApiVersion;
  /** Whether the plugin may talk to a person over standard input. */
  readonly interactive: boolean;
  /** Made by `encodeExecCluster`. */
  readonly cluster?: string | undefined;
  /** The answer that refused the last credential; v1alpha1 passes it on, the later versions dropped it. */
  readonly response?: Refusal | undefined;
}

/**
 * Encodes the request to a plugin, byte for byte as client-go does: fixed order of keys, `<`, `>` and `&` escaped,
 * and a line break at the end.
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-ExecCredentialSpec
 */
export function encodeExecInfo({ apiVersion, interactive, cluster, response }: ExecInfo): string {
  const isAlpha = apiVersion === 'client.authentication.k8s.io/v1alpha1';
  const spec = isAlpha
    ? [
        ...(response === undefined ? [] : [`"response":${encodeResponse(response)}`]),
        ...(interactive ? ['"interactive":true'] : []),
      ]
    : [...(cluster === undefined ? [] : [`"cluster":${cluster}`]), `"interactive":${interactive}`];
  return `{"kind":"ExecCredential","apiVersion":"${apiVersion}","spec":{${spec.join(',')}}}\n`;
}

/**
 * Puts together the environment of a plugin: the host's, then the config's, then `KUBERNETES_EXEC_INFO`, which nobody
 * else can set. Later ones win.
 * @param execInfo undefined for a program that is no plugin.
 */
export function pluginEnvironment(
  host: NodeJS.ProcessEnv,
  configured: readonly ExecEnvironmentVariable[],
  execInfo: string | undefined,
  platform: NodeJS.Platform = process.platform,
): Readonly<Record<string, string | undefined>> {
  const merged: Record<string, string | undefined> = { ...host };
  const own = execInfo === undefined ? [] : [{ name: execInfoName, value: execInfo }];
  for (const { name, value } of [...configured, ...own]) {
    if (platform === 'win32') dropSpellings(merged, name);
    merged[name] = value;
  }
  return merged;
}

/** Windows knows no letter case here, and Node would pick one of the spellings by its own order. */
function dropSpellings(environment: Record<string, string | undefined>, name: string): void {
  for (const spelling of Object.keys(environment)) {
    if (spelling.toUpperCase() === name.toUpperCase()) delete environment[spelling];
  }
}

/**
 * Encodes what the plugin is told about its cluster. `config` is always there, as null when there is none.
 * @throws {TypeError} when `config` is not something that JSON can say.
 */
export function encodeExecCluster(cluster: ExecCluster): string {
  const authority = Buffer.from(cluster.certificateAuthorityData ?? '', 'base64').toString(
    'base64',
  );
  const fields: readonly (readonly [name: string, value: unknown])[] = [
    ['server', cluster.server],
    ['tls-server-name', cluster.tlsServerName || undefined],
    ['insecure-skip-tls-verify', cluster.insecureSkipTlsVerify || undefined],
    ['certificate-authority-data', authority || undefined],
    ['proxy-url', cluster.proxyUrl || undefined],
    ['disable-compression', cluster.disableCompression || undefined],
    ['config', cluster.config ?? null],
  ];
  try {
    return encodeFields(fields);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TypeError(
      'Option "cluster.config" of execSource refers to itself, or is nested too deeply.',
    );
  }
}

function encodeResponse({ status, headers }: Refusal): string {
  const byName = new Map<string, readonly string[]>();
  for (const [name, values] of Object.entries(headers)) {
    const canonical = canonicalHeaderName(name);
    byName.set(canonical, [...(byName.get(canonical) ?? []), ...values]);
  }
  const header = Object.fromEntries(byName);
  return encodeFields([
    ['header', byName.size === 0 ? undefined : header],
    ['code', status === 0 ? undefined : status],
  ]);
}

/** Spells a header name as Go does: `www-authenticate` becomes `Www-Authenticate`. */
function canonicalHeaderName(name: string): string {
  // Go leaves a name alone that is not an HTTP token.
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** JSON as Go writes it: keys of objects sorted, integers of any size, and nothing that HTML could misread. */
function encodeJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'bigint') return value.toString();
  // JSON.stringify would drop the sign of a negative zero, and Go keeps it.
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (isPlainObject(value)) return encodeFields(Object.entries(value).sort(byBytes));
  throw new TypeError(
    'Option "cluster.config" of execSource must be made of JSON values: text, finite numbers, true, false, null, arrays and plain objects.',
  );
}

function encodeFields(fields: readonly (readonly [name: string, value: unknown])[]): string {
  const present = fields.filter(([, value]) => value !== undefined);
  return `{${present.map(([name, value]) => `${encodeString(name)}:${encodeJson(value)}`).join(',')}}`;
}

function encodeString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function byBytes([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
