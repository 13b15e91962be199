/** Says what keeps a text from being a token in the strict compact form; never shows a byte of its signature. */
import { utf8TextOf } from '../../http/utf8.ts';
import { bytesOf, mostCharacters } from './compact-token.ts';
import { isJsonObject, jsonFault, readJson } from './strict-json.ts';

/** Which part is broken, and the rule that it breaks: `has padding (=)`. */
export interface TokenFault {
  readonly part: 'token' | 'header' | 'claims' | 'signature';
  readonly rule: string;
}

/** What is said of a number of parts; a token has three. */
const countRules: ReadonlyMap<number, string> = new Map([
  [1, 'is opaque, it has no dots: it may be a token of the hub, or one that only its issuer can read'],
  [2, 'has two parts, the signature is missing, expected three parts with a dot between them'],
  [5, 'has five parts: encrypted tokens (JWE) are not taken, expected a signed one'],
]);

function countRule(parts: number): string {
  return countRules.get(parts) ?? `has ${parts} parts, expected three with a dot between them`;
}

/** What keeps a part from being base64url, first rule first (RFC 7515 §2, RFC 4648 §3.5 and §5). */
const encodingRules: readonly (readonly [broken: (part: string) => boolean, rule: string])[] = [
  [part => part === '', 'is empty'],
  [part => /\s/.test(part), 'holds white space'],
  [part => part.includes('='), 'has padding (=), which base64url in tokens leaves out'],
  [part => /[+/]/.test(part), 'is base64 with + or /, expected base64url with - and _'],
  [part => /[^A-Za-z0-9_-]/.test(part), 'holds a character that base64url does not have'],
  [part => part.length % 4 === 1, 'has a character too many or too few'],
  [part => bytesOf(part) === null, 'has stray bits: its last character is not the one that these bytes end with'],
];

function encodingRule(part: string): string | undefined {
  return encodingRules.find(([broken]) => broken(part))?.[1];
}

function objectRule(part: string): string | undefined {
  const encoding = encodingRule(part);
  if (encoding !== undefined) return encoding;
  const text = utf8TextOf(bytesOf(part) ?? new Uint8Array());
  if (text === null) return 'is not UTF-8';
  if (text.startsWith('\ufeff')) return 'begins with a byte order mark';
  const fault = jsonFault(text);
  if (fault !== null) return `is no JSON that has one meaning: ${fault}`;
  return isJsonObject(readJson(text)) ? undefined : 'is no JSON object';
}

function faultOf(part: TokenFault['part'], rule: string | undefined): TokenFault | null {
  return rule === undefined ? null : { part, rule };
}

/** Null for exactly the tokens that `readCompactToken` reads. */
export function compactTokenFault(token: string): TokenFault | null {
  if (token.length > mostCharacters) return faultOf('token', `is longer than ${mostCharacters} characters`);
  const [header, claims, signature, ...more] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0)
    return faultOf('token', token === '' ? 'is empty' : countRule(token.split('.').length));
  return (
    faultOf('header', objectRule(header)) ??
    faultOf('claims', objectRule(claims)) ??
    faultOf('signature', encodingRule(signature))
  );
}
