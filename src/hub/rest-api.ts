/** The hub's own API, asked with the gate's service token (JupyterHub's REST API, 0.9 to 6.1). */

/** One bounded request to the hub; rejects when there is no whole answer. */
export type AskHub = (
  path: string,
  options: {
    readonly method?: 'GET' | 'POST' | 'DELETE';
    readonly headers: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly json?: unknown;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

/** How the API is reached. */
export interface HubApiOptions {
  readonly ask: AskHub;
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  /** hub.tokenFile's. */
  readonly token: string;
}

/** An answer; `json` is undefined where it is none. */
export interface ApiAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** A user's model, as far as the gate reads it. */
export interface UserModel {
  readonly admin: boolean;
  /** Names of the servers that run or start; '' is the default one. */
  readonly servers: ReadonlySet<string>;
}

/** Admins of large hubs have servers by the dozen. */
const answerBytes = 1024 * 1024;
const answerMs = 10_000;

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under a key of an answer; undefined where there is none. */
export function textOf(json: unknown, key: string): string | undefined {
  const value = isRecord(json) && Object.hasOwn(json, key) ? json[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function userModel(json: unknown): UserModel | null {
  if (!isRecord(json)) return null;
  const servers = isRecord(json['servers']) ? Object.keys(json['servers']) : [];
  return { admin: json['admin'] === true, servers: new Set(servers) };
}

/** A path's segment. */
const escaped = encodeURIComponent;

/** The API; every question rejects when there is no whole answer. */
export class HubApi {
  readonly #options: HubApiOptions;

  constructor(options: HubApiOptions) {
    this.#options = options;
  }

  async #ask(method: 'GET' | 'POST' | 'DELETE', path: string, json?: unknown, token?: string): Promise<ApiAnswer> {
    const { ask, baseUrl, token: own } = this.#options;
    const headers = { Accept: 'application/json', Authorization: `token ${token ?? own}` };
    const sent = json === undefined ? {} : { json };
    const bounds = { maxBytes: answerBytes, timeoutMs: answerMs };
    const { status, body } = await ask(`${baseUrl}hub/api${path}`, { method, headers, ...sent, ...bounds });
    return { status, json: parsed(body) };
  }

  /** The model, `unknown` for a user that the hub does not have, or the status of another answer. */
  async user(name: string): Promise<UserModel | 'unknown' | number> {
    const { status, json } = await this.#ask('GET', `/users/${escaped(name)}`);
    if (status === 404) return 'unknown';
    return (status === 200 ? userModel(json) : null) ?? status;
  }

  /** Makes the user; that somebody else has just done so is as good. */
  async createUser(name: string): Promise<boolean> {
    const { status } = await this.#ask('POST', `/users/${escaped(name)}`, {});
    return status === 201 || status === 409;
  }

  /** Asks for a token of that user. `scopes` of null: the hub is too old to know any. */
  mint(
    name: string,
    wanted: { readonly seconds: number; readonly scopes: readonly string[] | null },
  ): Promise<ApiAnswer> {
    const { seconds: expires_in, scopes } = wanted;
    const body = { expires_in, note: 'hubgate: exchanged for a proof', ...(scopes === null ? {} : { scopes }) };
    return this.#ask('POST', `/users/${escaped(name)}/tokens`, body);
  }

  /** Takes a token back. */
  async revoke(name: string, id: string): Promise<void> {
    await this.#ask('DELETE', `/users/${escaped(name)}/tokens/${escaped(id)}`);
  }

  /** The name of the user whose token that is; undefined where it is no user's. */
  async ownerOf(token: string): Promise<string | undefined> {
    const { status, json } = await this.#ask('GET', '/user', undefined, token);
    const isUser = (textOf(json, 'kind') ?? 'user') === 'user';
    return status === 200 && isUser ? textOf(json, 'name') : undefined;
  }
}
