/** Asks the hub whose token it is (`GET /hub/api/user`), and remembers the answer briefly. */
import { createHash } from 'node:crypto';
import { refuse } from '../gate/reasons.ts';
import type { Finding } from '../gate/stages.ts';

/** One bounded request to the hub; rejects when there is no whole answer. */
export type AskHub = (
  path: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

/** What `openTokenOwners` needs. */
export interface TokenOwnersOptions {
  readonly ask: AskHub;
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** JupyterLab repeats its page's token on every request, and a token that was revoked should not live on for long. */
const rememberedMs = 30_000;
const mostRemembered = 4096;
const answerBytes = 256 * 1024;
const answerMs = 5_000;

interface Remembered {
  readonly until: number;
  readonly finding: Promise<Finding>;
}

function nameIn(body: Uint8Array): string | undefined {
  try {
    const model: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const isUser =
      typeof model === 'object' && model !== null && 'name' in model && !('kind' in model && model.kind !== 'user');
    return isUser && typeof model.name === 'string' ? model.name : undefined;
  } catch {
    return undefined;
  }
}

async function askOwner(token: string, { ask, baseUrl }: TokenOwnersOptions): Promise<Finding> {
  const headers = { Accept: 'application/json', Authorization: `token ${token}` };
  try {
    const answer = await ask(`${baseUrl}hub/api/user`, { headers, maxBytes: answerBytes, timeoutMs: answerMs });
    if (answer.status >= 500) return refuse('hub-unreachable', 'the hub could not say whose token it is');
    return { what: 'hub-token-owner', hubUser: answer.status === 200 ? nameIn(answer.body) : undefined };
  } catch {
    return refuse('hub-unreachable', 'the hub could not be asked whose token it is');
  }
}

/** Gives the function that finds a hub token's owner; `hubUser` is undefined where the hub knows no user by it. */
export function openTokenOwners(options: TokenOwnersOptions): (token: string) => Promise<Finding> {
  const remembered = new Map<string, Remembered>();
  return token => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = remembered.get(key);
    const now = options.now();
    if (known !== undefined && known.until > now) return known.finding;
    const finding = askOwner(token, options);
    const oldest = remembered.keys().next();
    if (remembered.size >= mostRemembered && oldest.done === false) remembered.delete(oldest.value);
    remembered.set(key, { until: now + rememberedMs, finding });
    // A hub that could not be asked must be asked again by the next request.
    void finding.then(found => 'reason' in found && remembered.delete(key));
    return finding;
  };
}
