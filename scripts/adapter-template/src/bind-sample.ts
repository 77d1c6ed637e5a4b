import type { Binding, BindOptions, CredentialManager } from '@keyturn/core/binding';

/** The client to bind. It is a fetch here: put the type of yours in its place. */
export type SampleClient = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Returns a client that sends the credential of `manager` with each request.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
 */
export function bindSample(
  _client: SampleClient,
  _manager: CredentialManager,
  _options: BindOptions = {},
): Binding<SampleClient> {
  throw new Error('bindSample is not written yet: docs/how-to/write-an-adapter.md says how.');
}
