/** The hub's version, as `GET /hub/api` tells it, and ranges of versions as advisories name them. */

/** What a version sorts by. */
export interface HubVersion {
  /** As the hub says it. */
  readonly text: string;
  readonly release: readonly [major: number, minor: number, patch: number];
  /** A pre-release, a development version or a build of somebody's own: it may lack what the release has. */
  readonly isPlain: boolean;
}

/** From `from` on (absent: from the first), up to and without `before`; versions in three parts. */
export interface VersionRange {
  readonly from?: string;
  readonly before: string;
}

const grammar = /^(\d{1,5})\.(\d{1,5})(?:\.(\d{1,5}))?([-+.]?[0-9A-Za-z][0-9A-Za-z.+-]{0,63})?$/;

/** Null for what is no version of a hub. */
export function parseHubVersion(text: string): HubVersion | null {
  const parts = grammar.exec(text);
  if (parts === null) return null;
  const [, major, minor, patch = '0', suffix] = parts;
  return { text, release: [Number(major), Number(minor), Number(patch)], isPlain: suffix === undefined };
}

function releaseOf(text: string): HubVersion['release'] {
  const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
  return [major, minor, patch];
}

/** Below 0: `one` is the older. */
function compared(one: HubVersion['release'], other: HubVersion['release']): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

/** Whether a version lies in a range; in doubt it does. */
export function isWithin({ release, isPlain }: HubVersion, { from, before }: VersionRange): boolean {
  if (from !== undefined && compared(release, releaseOf(from)) < 0) return false;
  const ahead = compared(release, releaseOf(before));
  return ahead < 0 || (ahead === 0 && !isPlain);
}

/** One bounded question to the hub; rejects when there is no whole answer. */
type AskHub = (
  path: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly maxBytes: number;
    readonly timeoutMs: number;
  },
) => Promise<{ readonly status: number; readonly body: Uint8Array }>;

const answerBytes = 16 * 1024;
const answerMs = 5_000;

function versionIn(body: Uint8Array): HubVersion | null {
  try {
    const model: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (typeof model !== 'object' || model === null || !('version' in model)) return null;
    return typeof model.version === 'string' ? parseHubVersion(model.version) : null;
  } catch {
    return null;
  }
}

/**
 * Asks without a token, which the hub needs none for; null where it can not be reached or does not say, and `onFault` is told why.
 */
export async function askHubVersion(
  ask: AskHub,
  baseUrl: string,
  onFault: (fault: string) => void = () => undefined,
): Promise<HubVersion | null> {
  const path = `${baseUrl}hub/api`;
  try {
    const headers = { Accept: 'application/json' };
    const { status, body } = await ask(path, { headers, maxBytes: answerBytes, timeoutMs: answerMs });
    const version = status === 200 ? versionIn(body) : null;
    if (version === null) {
      // A hub with another base URL leads away from here; its proxy says 503 where the hub is down.
      const mend = status < 500 ? "; is hub.baseUrl the hub's own?" : '';
      onFault(`GET ${path} was answered ${status === 200 ? 'without a version' : `with status ${status}`}${mend}`);
    }
    return version;
  } catch (error) {
    onFault(`GET ${path} got no answer: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}
