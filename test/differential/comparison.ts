/** Compares what a server read with what it should have. */
import type { OracleName, Reading, RequestRead } from './reading.ts';
import { isStricter } from './stricter-servers.ts';

/** How one server differs. */
export interface Difference {
  /** The server and what differs. */
  readonly kind: string;
  readonly detail: string;
}

/** What a server should have read from the bytes: null stands for a request that may be whatever it is. */
export interface Wanted {
  readonly bytes: string;
  readonly requests: readonly (RequestRead | null)[];
  /** Names what differs in one request; null where nothing does. */
  readonly differs: (wanted: RequestRead, found: RequestRead | undefined) => string | null;
  /** There may be more behind them. */
  readonly goesOn: boolean;
}

/** Every difference; what a server is known to refuse and all that follows it is none. */
export function differencesOf(name: OracleName, { requests, refused }: Reading, wanted: Wanted): Difference[] {
  const found: Difference[] = [];
  const add = (kind: string, detail: unknown): void => {
    found.push({ kind: `${name}: ${kind}`, detail: `${refused ?? ''} ${JSON.stringify(detail)}` });
  };
  for (const [at, request] of wanted.requests.entries()) {
    if (request === null) continue;
    const read = requests[at];
    if (read === undefined && refused !== null && isStricter(name, wanted.bytes)) return found;
    const difference = wanted.differs(request, read);
    if (difference !== null) add(difference, [request, read]);
  }
  const more = requests[wanted.requests.length];
  if (more !== undefined && !wanted.goesOn) add('more requests', more);
  return found;
}
