/** The compact form of a signed token (RFC 7515 §7.1), read so strictly that one token has one spelling. */
import { remembering } from '../http/recent-texts.ts';
import { isJsonObject, type JsonObject, readJson } from './strict-json.ts';

/** What a token says of itself; nothing of it holds before its signature does. */
export interface CompactToken {
  /** The JOSE header. */
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Longer ones are not read. */
export const mostCharacters: number = 16 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of a base64url part; null unless it is the one way to write them: no padding, no stray bits (RFC 4648 §3.5). */
export function bytesOf(part: string): Uint8Array | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : null;
}

/** The text that the bytes are in UTF-8; null where they are none. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function objectOf(part: string): JsonObject | null {
  const bytes = bytesOf(part);
  const text = bytes === null ? null : textOf(bytes);
  const value = text === null ? undefined : readJson(text);
  return isJsonObject(value) ? value : null;
}

function read(token: string): CompactToken | null {
  if (token.length > mostCharacters) return null;
  const [first, second, third, ...more] = token.split('.');
  if (first === undefined || second === undefined || third === undefined || more.length > 0) return null;
  if (bytesOf(third) === null) return null;
  const header = objectOf(first);
  const claims = header === null ? null : objectOf(second);
  return header === null || claims === null ? null : { header, claims };
}

/**
 * Reads a token of three parts; null for anything but the strict form. Says nothing about the signature. A new token is read
 * twice in a row, by the prover and by who verifies it.
 */
export const readCompactToken: (token: string) => CompactToken | null = remembering(read, {
  entries: 256,
  characters: 512 * 1024,
});
