import type { CredentialMaterial } from '@keyturn/core';
import { createTestAuthority, type TestAuthority } from '../server/test-authority.js';

/** The authority and the client certificates of one suite, each made when it is first needed: keys take time. */
export class TestCertificates {
  #authority: Promise<TestAuthority> | undefined;
  #renewed: Promise<TestAuthority> | undefined;
  readonly #clients = new Map<number, Promise<CredentialMaterial>>();

  authority(): Promise<TestAuthority> {
    this.#authority ??= createTestAuthority();
    return this.#authority;
  }

  /** The authority, and one that takes its place. */
  async authorities(): Promise<readonly [TestAuthority, TestAuthority]> {
    this.#renewed ??= createTestAuthority({ commonName: 'Keyturn test authority, renewed' });
    return [await this.authority(), await this.#renewed];
  }

  /** Material with the certificate of `client-NUMBER`, the same one each time. */
  client(number: number): Promise<CredentialMaterial> {
    const known = this.#clients.get(number);
    if (known !== undefined) return known;
    const issued = this.#issue(number);
    this.#clients.set(number, issued);
    return issued;
  }

  async #issue(number: number): Promise<CredentialMaterial> {
    const authority = await this.authority();
    const commonName = `client-${number}`;
    return { clientCertificate: await authority.issueClientCertificate({ commonName }) };
  }
}
