/** What the tests use of oidc-provider, which comes without types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface Saved {
    save(ttl?: number): Promise<string>;
    destroy(): Promise<void>;
  }

  export interface Context {
    readonly req: IncomingMessage;
    body: unknown;
    status: number;
    readonly oidc: {
      readonly route: string;
      readonly client: object;
      readonly body: Readonly<Record<string, string>>;
      readonly params: Readonly<Record<string, string | undefined>>;
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { find(id: string): Promise<object> };
    readonly Grant: new (
      fields: object,
    ) => Saved & { addOIDCScope(scope: string): void };
    readonly RefreshToken: (new (
      fields: object,
    ) => Saved) & {
      find(value: string): Promise<(Saved & { readonly grantId: string }) | undefined>;
    };
    readonly ClientCredentials: new (
      fields: object,
    ) => Saved & { readonly expiration: number };
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    use(handler: (ctx: Partial<Context>, next: () => Promise<void>) => Promise<void>): this;
    registerGrantType(
      name: string,
      handler: (ctx: Context) => Promise<void>,
      parameters: readonly string[],
      duplicates?: readonly string[],
    ): void;
  }

  export const errors: Readonly<
    Record<'InvalidGrant' | 'InvalidTarget', new (message: string) => Error>
  >;
}
