/** The compact form of a signed token (RFC 7515 §7.1), read so strictly that one token has one spelling. */

import { remembering } from '../../http/recent-texts.ts';
import { utf8TextOf } from '../../http/utf8.ts';
import { weightOf } from '../../http/weight.ts';
import { isJsonObject, type JsonObject, readJson } from './strict-json.ts';

/** What a token says of itself; nothing of it holds before its signature does. */
export interface CompactToken {
  /** The JOSE header. */
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Longer ones are not read. */
export const mostCharacters: number = 16 * 1024;

/** How the bytes of a part are written. */
type Spelling = (bytes: Buffer) => string;

/** No padding (RFC 7515 §2). */
const bare: Spelling = bytes => bytes.toString('base64url');

/** To whole groups of four characters (RFC 4648 §4). */
const padded: Spelling = bytes => bare(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '=');

/** The bytes of a base64url part; null unless it is the one way to write them: no stray bits (RFC 4648 §3.5). */
export function bytesOf(part: string, spelling: Spelling = bare): Uint8Array | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && spelling(bytes) === part ? bytes : null;
}

function objectOf(part: string, spelling: Spelling): JsonObject | null {
  const bytes = bytesOf(part, spelling);
  const text = bytes === null ? null : utf8TextOf(bytes);
  const value = text === null ? undefined : readJson(text);
  return isJsonObject(value) ? value : null;
}

function read(token: string, spelling: Spelling): CompactToken | null {
  if (token.length > mostCharacters) return null;
  const [first, second, third, ...more] = token.split('.');
  if (first === undefined || second === undefined || third === undefined || more.length > 0) return null;
  if (bytesOf(third, spelling) === null) return null;
  const header = objectOf(first, spelling);
  const claims = header === null ? null : objectOf(second, spelling);
  return header === null || claims === null ? null : { header, claims };
}

/** Reads a token; null for anything but the form that it knows. */
export type TokenReader = (token: string) => CompactToken | null;

/** Bytes of what a token says of itself. */
export function weightOfToken({ header, claims }: CompactToken): number {
  return weightOf(header) + weightOf(claims);
}

const remembered = (read: TokenReader): TokenReader =>
  remembering(
    read,
    { entries: 256, characters: 4 * 1024 * 1024 },
    () => true,
    token => (token === null ? 0 : weightOfToken(token)),
  );

/**
 * Reads a token of three parts; null for anything but the strict form. Says nothing about the signature. A new token is read
 * twice in a row, by the prover and by who verifies it.
 */
export const readCompactToken: TokenReader = remembered(token => read(token, bare));

/** Reads a token of three parts that are all padded, as AWS load balancers write them and nobody else. */
export const readPaddedToken: TokenReader = remembered(token => read(token, padded));
