import type { ClientCertificate, CredentialMaterial } from '../contract.js';
import { CredentialError } from '../errors.js';
import { snapshot } from '../snapshot.js';
import type { ExecApiVersion } from './exec-config.js';
import { type Fields, parseOutput, refuse, undecodable } from './parse-output.js';
import { parseRfc3339 } from './rfc3339.js';

/**
 * Decodes what a plugin printed: one ExecCredential as JSON, or as YAML when it does not start with a brace.
 *
 * Only the shape is checked here. Whether the token can stand in a header and the key belongs to the certificate is
 * the manager's question, because it asks it of every source.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, ERR_EXEC_VERSION, ERR_CREDENTIAL_EMPTY, ERR_CREDENTIAL_CERTIFICATE or
 * ERR_CREDENTIAL_EXPIRY, naming the first problem and never quoting the output.
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-ExecCredentialStatus
 */
export async function decodeExecCredential(
  output: Uint8Array,
  apiVersion: ExecApiVersion,
): Promise<CredentialMaterial> {
  const printed = await parseOutput(output);
  checkTypeMeta(printed, apiVersion);
  checkSpec(printed['spec']);
  const status = printed['status'];
  if (status === undefined || status === null) {
    throw refuse('ERR_EXEC_OUTPUT', "exec plugin didn't return a status field");
  }
  return decodeStatus(fieldsOf(status, '"status"'));
}

/** Checks `kind` and `apiVersion`, which Kubernetes reads in any letter case; `kind` may be missing. */
function checkTypeMeta(printed: Fields, configured: ExecApiVersion): void {
  const kind = readTypeMeta(printed, 'kind');
  const version = readTypeMeta(printed, 'apiVersion');
  if (version.split('/').length > 2) {
    throw undecodable('the "apiVersion" that the plugin printed has more than one slash');
  }
  const group = 'client.authentication.k8s.io/';
  const isOurGroup = version.startsWith(group);
  if (version !== '' && !isOurGroup) {
    throw undecodable('the plugin printed an object of another API group');
  }
  if (kind !== '' && kind !== 'ExecCredential') {
    throw undecodable('the plugin printed an object of a kind other than ExecCredential');
  }
  if (version === configured) return;
  const suffix = version.slice(group.length);
  // Anything longer than a version is not repeated: it might be anything.
  const returned = /^v\d{1,2}(?:(?:alpha|beta)\d{1,2})?$/.test(suffix)
    ? `version ${version}`
    : suffix === ''
      ? 'no version'
      : 'an unknown version';
  throw new CredentialError(
    'ERR_EXEC_VERSION',
    `exec plugin is configured to use API version ${configured}, plugin returned ${returned}. Set "apiVersion" to what the plugin prints.`,
  );
}

function readTypeMeta(printed: Fields, field: 'kind' | 'apiVersion'): string {
  let found = '';
  for (const [name, value] of Object.entries(printed)) {
    if (name.toLowerCase() !== field.toLowerCase() || value === null) continue;
    found = textOf(value, `"${field}"`);
  }
  return found;
}

/** Nobody reads the `spec` of an answer, but client-go refuses one of a wrong type. */
function checkSpec(value: unknown): void {
  if (value === undefined || value === null) return;
  const spec = fieldsOf(value, '"spec"');
  checkField(spec, 'interactive', 'boolean');
  if (spec['cluster'] === undefined || spec['cluster'] === null) return;
  const cluster = fieldsOf(spec['cluster'], '"spec.cluster"');
  checkField(cluster, 'insecure-skip-tls-verify', 'boolean');
  checkField(cluster, 'disable-compression', 'boolean');
  for (const name of ['server', 'tls-server-name', 'certificate-authority-data', 'proxy-url']) {
    checkField(cluster, name, 'string');
  }
  const authority = String(cluster['certificate-authority-data'] ?? '').replace(/[\r\n]/g, '');
  if (!base64.test(authority)) {
    throw undecodable('"certificate-authority-data" in the "spec" is not base64');
  }
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decodeStatus(status: Fields): CredentialMaterial {
  const token = optionalText(status, 'token');
  const certificate = optionalText(status, 'clientCertificateData');
  const privateKey = optionalText(status, 'clientKeyData');
  const expiresAt = decodeExpiry(status['expirationTimestamp']);
  if (token === '' && certificate === '' && privateKey === '') {
    throw refuse('ERR_CREDENTIAL_EMPTY', "exec plugin didn't return a token or cert/key pair");
  }
  const clientCertificate = pairOf(certificate, privateKey);
  return {
    ...(token === '' ? {} : { token }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

function pairOf(certificate: string, privateKey: string): ClientCertificate | undefined {
  if (certificate === '' && privateKey === '') return undefined;
  if (certificate !== '' && privateKey !== '') return { certificate, privateKey };
  throw refuse(
    'ERR_CREDENTIAL_CERTIFICATE',
    'exec plugin returned only certificate or key, not both',
  );
}

function decodeExpiry(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const expiresAt = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (expiresAt === 'never') return undefined;
  if (expiresAt !== undefined) return expiresAt;
  throw refuse(
    'ERR_CREDENTIAL_EXPIRY',
    'decoding stdout: "status.expirationTimestamp" is not an RFC 3339 timestamp such as 2006-01-02T15:04:05Z',
  );
}

function optionalText(status: Fields, name: string): string {
  const value = status[name];
  return value === undefined || value === null ? '' : textOf(value, `"status.${name}"`);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw undecodable(`${name} is not a string`);
}

function checkField(fields: Fields, name: string, type: 'boolean' | 'string'): void {
  const value = fields[name];
  if (value === undefined || value === null || typeof value === type) return;
  throw undecodable(`"${name}" in the "spec" is not a ${type}`);
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return snapshot(value) as Fields;
  }
  throw undecodable(`${name} is not an object`);
}
