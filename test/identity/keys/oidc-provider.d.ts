/** As much of oidc-provider as the tests use; it brings no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  /** A token or grant that its issuer keeps. */
  interface Kept {
    aud?: string;
    /** Gives the token's text, or the grant's id. */
    save(): Promise<string>;
    destroy(): Promise<void>;
  }

  interface Model {
    new (members: Readonly<Record<string, unknown>>): Kept;
    find(id: string): Promise<Kept | undefined>;
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly AccessToken: Model;
    readonly RefreshToken: Model;
    readonly Grant: Model;
    readonly Client: { find(id: string): Promise<object | undefined> };
    callback(): RequestListener;
  }
}
