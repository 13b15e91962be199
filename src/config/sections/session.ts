/** What a browser keeps, and how long its sockets live. */

/** The browser's cookie, and the hand-off from the primary site. */
export interface SessionConfig {
  /** Not empty, none twice; the first seals, all open. */
  readonly keyFiles: readonly string[];
  /** How long a session lives without being used. */
  readonly maxAgeMs: number;
  /** Sites that hand users over, each an origin in the URL standard's spelling; never publicUrl's own. */
  readonly handoffOrigins: readonly string[];
  /** Where a browser without a credential is sent, with `{url}` for where it wants to go; `null`: it gets a 401 page. */
  readonly loginUrl: string | null;
  /** Where logout ends; `null`: on a page of the gate's. */
  readonly logoutUrl: string | null;
  /** The hub is shown in frames of `handoffOrigins`. */
  readonly embed: boolean;
  /** The cookie may go over plain http off localhost. */
  readonly dangerouslyInsecureCookies: boolean;
}

/** Who may open a WebSocket, and how long it lives. */
export interface WebSocketConfig {
  /** At rest for so long, a direction is pinged; 0: never. */
  readonly pingIntervalMs: number;
  /** It ends with the last proof of its user's session. */
  readonly closeOnExpiry: boolean;
  /** How much longer. */
  readonly graceMs: number;
  /** Allowed beside publicUrl's own, each an origin in the URL standard's spelling. */
  readonly origins: readonly string[];
}
