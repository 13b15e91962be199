/** Keys that are fetched from issuers which a test speaks for, by URL. */

import { readRegularFile } from '../../../src/config/regular-file.ts';
import type { AskBounds, KeyEvent } from '../../../src/identity/keys/key-questions.ts';
import { type KeyRing, type KeySource, openKeySources } from '../../../src/identity/keys/key-sources.ts';
import { clockBy } from '../../clock/settable-clock.ts';

/** What stands at a URL: status 200 where it is left out; an error is a fault of the connection. */
export type Page =
  | { readonly status?: number; readonly body?: string | Uint8Array; readonly cacheControl?: string }
  | Error;

/** Keys, and who is asked for them. */
export interface KeyWorld {
  readonly ring: KeyRing;
  readonly pages: Map<string, Page>;
  /** Every question so far. */
  readonly asked: (AskBounds & { readonly url: string })[];
  readonly events: readonly KeyEvent[];
  /** How often a URL was asked for. */
  times(url: string): number;
  /** `signature`, or why not. */
  verdict(token: string): Promise<string>;
  /** The next generation, with this source instead. */
  reload(source: KeySource): Promise<KeyWorld>;
}

/** All that needs no timer has happened. */
export const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** Opens one source; what `pages` lacks is not there. */
export async function openKeyWorld(
  source: KeySource,
  written: Readonly<Record<string, Page>>,
  before?: KeyWorld,
): Promise<KeyWorld> {
  const pages = before?.pages ?? new Map(Object.entries(written));
  const asked: KeyWorld['asked'] = before?.asked ?? [];
  const events: KeyEvent[] = [];
  const io = {
    ask: async (url: string, bounds: AskBounds) => {
      asked.push({ url, ...bounds });
      const page = pages.get(url) ?? { status: 404 };
      if (page instanceof Error) throw page;
      const { status = 200, body = '', cacheControl = '' } = page;
      return { status, body: Buffer.from(body), cacheControl };
    },
    readFile: readRegularFile,
    clock: clockBy(() => Date.now()),
    onEvent: (event: KeyEvent) => void events.push(event),
  };
  const opening = await openKeySources([source], io, before?.ring);
  if (!opening.ok) throw new Error(JSON.stringify(opening.problems));
  before?.ring.close(opening.ring);
  const { ring } = opening;
  await settled();
  const world: KeyWorld = {
    ring,
    pages,
    asked,
    events,
    times: url => asked.filter(question => question.url === url).length,
    verdict: async token => {
      const finding = await ring.findSignature(source.issuer, token);
      return 'reason' in finding ? finding.reason : finding.what;
    },
    reload: next => openKeyWorld(next, {}, world),
  };
  return world;
}
