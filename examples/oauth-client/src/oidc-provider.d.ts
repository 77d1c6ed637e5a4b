/** What this example uses of oidc-provider, which comes without types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Saved {
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { find(id: string): Promise<object> };
    readonly Grant: {
      new (fields: object): Saved & { addOIDCScope(scope: string): void };
      find(id: string): Promise<{ destroy(): Promise<void> } | undefined>;
    };
    readonly RefreshToken: new (
      fields: object,
    ) => Saved;
    readonly AccessToken: { find(value: string): Promise<object | undefined> };
    callback(): RequestListener;
    on(event: 'access_token.saved', listener: (token: { readonly jti: string }) => void): this;
  }
}
