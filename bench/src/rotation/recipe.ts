import { Agent } from 'node:https';
import type { CredentialMaterial, CredentialSource } from '@keyturn/core';
import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';

interface RetriedConfig extends InternalAxiosRequestConfig {
  isRetry?: boolean;
}

/**
 * What programs do today: send the token that is held, ask for a new one after a 401 (once for all who were refused), put the
 * new certificate into a new agent, destroy the old agent, and send the refused request again.
 */
export class AxiosRecipe {
  readonly client: AxiosInstance;
  readonly #source: CredentialSource;
  readonly #ca: string;
  #held: { readonly token: string; readonly agent: Agent } | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(source: CredentialSource, url: string, ca: string) {
    this.#source = source;
    this.#ca = ca;
    this.client = axios.create({ baseURL: url, proxy: false });
    this.client.interceptors.request.use(async (config) => {
      if (this.#held === undefined) await this.refresh();
      config.headers.set('Authorization', `Bearer ${this.#held?.token}`);
      config.httpsAgent = this.#held?.agent;
      return config;
    });
    this.client.interceptors.response.use(undefined, (error) => this.#retry(error));
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  close(): void {
    this.#held?.agent.destroy();
  }

  async #load(): Promise<void> {
    const signal = new AbortController().signal;
    const material = await this.#source.load({ reason: 'rejected', signal });
    this.#held?.agent.destroy();
    this.#held = { token: material.token ?? '', agent: this.#agentFor(material) };
  }

  #agentFor({ clientCertificate }: CredentialMaterial): Agent {
    const { certificate: cert, privateKey: key } = clientCertificate ?? {};
    return new Agent({ keepAlive: true, ca: this.#ca, cert, key });
  }

  async #retry(error: unknown): Promise<unknown> {
    if (!axios.isAxiosError(error)) throw error;
    const config: RetriedConfig | undefined = error.config;
    if (error.response?.status !== 401 || config === undefined || config.isRetry) throw error;
    config.isRetry = true;
    await this.refresh();
    return this.client.request(config);
  }
}
