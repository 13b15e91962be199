/** Puts a placeholder of the same shape in the place of every secret of a recording, the same one wherever the secret stands. */
import { createHash, randomBytes } from 'node:crypto';
import type { SeenRequest } from './sign-in-proxy.ts';

const secretParameters: ReadonlySet<string> = new Set([
  '_xsrf',
  'code',
  'code_challenge',
  'session_id',
  'state',
  'token',
]);
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const secretField = /^(?:x-xsrftoken|sec-websocket-key): *(.*)$/i;
const authorization = /^authorization: *\S+ +(.*)$/i;

/** A query's secrets, also those of an address that stands in one of its values. */
function secretsInUrl(url: string): string[] {
  const query = url.slice(url.indexOf('?') + 1);
  if (query === url) return [];
  return [...new URLSearchParams(query)].flatMap(([name, value]) =>
    secretParameters.has(name) ? [value] : secretsInUrl(value),
  );
}

function secretsInLine(line: string): string[] {
  const [, cookies] = /^cookie: *(.*)$/i.exec(line) ?? [];
  if (cookies !== undefined)
    return cookies.split('; ').map(pair => pair.slice(pair.indexOf('=') + 1).replaceAll('"', ''));
  const [, value] = secretField.exec(line) ?? authorization.exec(line) ?? [];
  if (value !== undefined) return [value];
  return /^referer:/i.test(line) ? secretsInUrl(line) : [];
}

function secretsIn({ head }: SeenRequest): string[] {
  const [requestLine = '', ...fields] = head;
  const target = requestLine.split(' ')[1] ?? '';
  const ids = head.flatMap(line => line.match(uuid) ?? []);
  return [...secretsInUrl(target), ...fields.flatMap(secretsInLine), ...ids];
}

const digits = '0123456789';
const hexLetters = 'abcdef';
const small = 'abcdefghijklmnopqrstuvwxyz';

/** A digit for a digit, a letter for a letter; what is neither stays, and percent-encoded bytes too. */
function shapedLike(secret: string, salt: Buffer): string {
  const letters = /^[0-9a-f-]+$/.test(secret) ? hexLetters : small;
  let chance = Buffer.alloc(0);
  for (let round = 0; chance.length < secret.length; round += 1) {
    const more = createHash('sha256').update(salt).update(`${round}:${secret}`).digest();
    chance = Buffer.concat([chance, more]);
  }
  const pick = (set: string, at: number): string => set[(chance[at] ?? 0) % set.length] ?? '';
  return (secret.match(/%[0-9A-F]{2}|./g) ?? [])
    .map((character, at) => {
      if (character.length > 1) return character;
      if (/[0-9]/.test(character)) return pick(digits, at);
      if (/[a-z]/.test(character)) return pick(letters, at);
      return /[A-Z]/.test(character) ? pick(small, at).toUpperCase() : character;
    })
    .join('');
}

/** A nonce of 16 bytes in base64 (RFC 6455 §4.1). */
function nonceLike(secret: string, salt: Buffer): string {
  return createHash('sha256').update(salt).update(secret).digest().subarray(0, 16).toString('base64');
}

/** As it stands, and as it stands in a query, or in a query that stands in a query. */
function spellings(text: string): string[] {
  const once = encodeURIComponent(text);
  return [text, once, encodeURIComponent(once)];
}

const shortestSecret = 6;

/** The requests without their secrets; throws where a piece of one is left. */
export function withoutSecrets(requests: readonly SeenRequest[]): SeenRequest[] {
  const salt = randomBytes(32);
  const secrets = [...new Set(requests.flatMap(secretsIn))].filter(({ length }) => length >= shortestSecret);
  const replacements = new Map<string, string>();
  for (const secret of secrets) {
    const isNonce = /^[A-Za-z0-9+/]{22}==$/.test(secret);
    const placeholder = isNonce ? nonceLike(secret, salt) : shapedLike(secret, salt);
    const shown = spellings(placeholder);
    for (const [at, spelling] of spellings(secret).entries()) replacements.set(spelling, shown[at] ?? '');
  }
  const longestFirst = [...replacements.keys()].sort((one, other) => other.length - one.length);
  const anySecret = new RegExp(longestFirst.map(RegExp.escape).join('|'), 'g');
  const clean = (line: string): string => line.replaceAll(anySecret, found => replacements.get(found) ?? '');
  const cleaned = requests.map(request => ({ ...request, head: request.head.map(clean) }));
  assertNoneLeft(cleaned, secrets);
  return cleaned;
}

/** The names that cookies carry in their signed values are no secrets. */
const knownPiece = /^(?:jupyterhub|oauth)/;

function assertNoneLeft(requests: readonly SeenRequest[], secrets: readonly string[]): void {
  const text = requests.map(({ head }) => head.join('\n')).join('\n');
  const pieces = secrets.flatMap(secret => secret.match(/[A-Za-z0-9]{12,}/g) ?? []);
  const left = pieces.filter(piece => !knownPiece.test(piece) && text.includes(piece));
  if (left.length > 0) throw new Error(`${left.length} pieces of secrets are left in the recording`);
}
