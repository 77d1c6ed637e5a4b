import type { ClientCertificate, CredentialManager } from '@keyturn/core';
import type { BindOptions } from '@keyturn/core/binding';

/** Where the server listens, and who may talk to it. */
export interface Target {
  /** `https://localhost:PORT` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  readonly clientCertificate: ClientCertificate;
}

/** Sends one request, reads the whole answer, and rejects unless it is a success. */
export type Send = () => Promise<void>;

/** One HTTP client, as it is used with a header and a certificate that stay, and as Keyturn binds it. */
export interface MeasuredClient {
  readonly name: string;
  readonly protocol: 'http' | 'grpc';
  /** @param concurrency the most requests that will be in the air, for clients that limit their connections */
  bare(target: Target, concurrency: number): Send;
  bound(target: Target, manager: CredentialManager, concurrency: number): Send;
}

/** What the bare client is given once and for all. */
export const headersOf = ({ token }: Target): { readonly authorization: string } => ({
  authorization: `Bearer ${token}`,
});

/** The TLS options of the bare client. */
export const tlsOf = ({ ca, clientCertificate }: Target): BareTls => ({
  ca,
  cert: clientCertificate.certificate,
  key: clientCertificate.privateKey,
});

interface BareTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The options of a binding. */
export const whereOf = ({ url, ca }: Target): Pick<BindOptions, 'origins' | 'tls'> => ({
  origins: [url],
  tls: { ca },
});

/** @throws {Error} unless the server took token and certificate */
export function expectSuccess(status: number | undefined): void {
  if (status !== 200) throw new Error(`The server answered ${status}.`);
}
