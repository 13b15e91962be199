/** One question for keys, within all bounds: over a fault it gives the fault's words, and it never rejects. */
import type { Clock } from '../../clock.ts';
import { mostKeyBytes } from './verifying-keys.ts';

/** Bounds of a question, and whom to believe. */
export interface AskBounds {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Who signs the certificate (PEM); absent: the roots of Node. */
  readonly ca?: string;
}

/** Fetches a URL whole. Follows no redirect; rejects beyond the bounds. */
export type Ask = (
  url: string,
  bounds: AskBounds,
) => Promise<{ readonly status: number; readonly body: Uint8Array; readonly cacheControl?: string }>;

/** What became of a fetch. */
export type KeyEvent =
  | { readonly kind: 'keys-fetched'; readonly issuer: string; readonly keys: number }
  | { readonly kind: 'keys-failed'; readonly issuer: string; readonly error: string };

/** What fetching needs of the outside world. */
export interface FetchIo {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly onEvent: (event: KeyEvent) => void;
}

/** An answer within the bounds, or what is wrong; a status is there where there was an answer at all. */
export type KeyAnswer =
  | { readonly body: Uint8Array; readonly cacheControl: string }
  | { readonly fault: string; readonly status?: number };

/** What may be said of a fault: its code where it has one, as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the fetch failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** Asks for something that is no larger than keys may be. */
export async function askForKeys(url: string, bounds: Omit<AskBounds, 'maxBytes'>, ask: Ask): Promise<KeyAnswer> {
  try {
    const { status, body, cacheControl = '' } = await ask(url, { ...bounds, maxBytes: mostKeyBytes });
    if (status !== 200) return { fault: `answered with status ${status}`, status };
    return body.byteLength > mostKeyBytes
      ? { fault: `is larger than ${mostKeyBytes} bytes`, status }
      : { body, cacheControl };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}
