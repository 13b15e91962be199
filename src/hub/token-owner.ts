/** Asks the hub whose token it is (`GET /hub/api/user`), and remembers the answer briefly. */
import { createHash } from 'node:crypto';
import { type Clock, type Moment, mayBePast, momentIn } from '../clock.ts';
import type { Finding } from '../gate/lookups.ts';
import { refuse } from '../gate/reasons.ts';
import type { AskHub } from './rest-api.ts';

/** What `openTokenOwners` needs. */
export interface TokenOwnersOptions {
  readonly ask: AskHub;
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** JupyterLab repeats its page's token on every request, and a token that was revoked should not live on for long. */
const rememberedMs = 30_000;
const mostRemembered = 4096;
const answerBytes = 256 * 1024;
const answerMs = 5_000;

interface Remembered {
  readonly until: Moment;
  readonly finding: Promise<Finding>;
}

/** Of no user, but known to the hub: a space stands in no user's name, whatever user.pattern admits. */
const notAUser = 'service ';

/** The user's name, or the service's; null where the answer is not what the hub gives. */
function nameIn(body: Uint8Array): string | null {
  try {
    const model: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof model !== 'object' || model === null || !('name' in model) || typeof model.name !== 'string')
      return null;
    const isUser = !('kind' in model) || model.kind === 'user';
    return isUser ? model.name : `${notAUser}${model.name}`;
  } catch {
    return null;
  }
}

/** The hub answers 401 or 403 to a token that it does not know; anything but that and 200 says nothing of the token. */
const unknownToken: ReadonlySet<number> = new Set([401, 403]);

async function askOwner(token: string, { ask, baseUrl }: TokenOwnersOptions): Promise<Finding> {
  const headers = { Accept: 'application/json', Authorization: `token ${token}` };
  try {
    const answer = await ask(`${baseUrl}hub/api/user`, { headers, maxBytes: answerBytes, timeoutMs: answerMs });
    if (unknownToken.has(answer.status)) return { what: 'hub-token-owner', hubUser: undefined };
    const hubUser = answer.status === 200 ? nameIn(answer.body) : null;
    if (hubUser !== null) return { what: 'hub-token-owner', hubUser };
    return refuse('hub-unreachable', 'the hub could not say whose token it is');
  } catch (error) {
    const why = error instanceof Error ? `: ${error.message}` : '';
    return refuse('hub-unreachable', `the hub could not be asked whose token it is${why}`);
  }
}

/** Gives the function that finds a hub token's owner; `hubUser` is undefined where the hub knows no user by it. */
export function openTokenOwners(options: TokenOwnersOptions): (token: string) => Promise<Finding> {
  const remembered = new Map<string, Remembered>();
  return token => {
    const key = createHash('sha256').update(token).digest('base64');
    const known = remembered.get(key);
    if (known !== undefined && !mayBePast(known.until, options.clock)) return known.finding;
    const finding = askOwner(token, options);
    const oldest = remembered.keys().next();
    if (remembered.size >= mostRemembered && oldest.done === false) remembered.delete(oldest.value);
    remembered.set(key, { until: momentIn(rememberedMs, options.clock), finding });
    // A hub that could not be asked must be asked again by the next request.
    void finding.then(found => 'reason' in found && remembered.delete(key));
    return finding;
  };
}
