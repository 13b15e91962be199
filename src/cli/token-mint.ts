/** `hubgate token mint`: signs a token with a local key, or makes such a key; for tests. */
import { unlinkSync, writeFileSync } from 'node:fs';
import { readRegularFile } from '../config/regular-file.ts';
import { ALGORITHMS, type Algorithm } from '../config/sections/jwt.ts';
import { signClaims } from '../identity/keys/signature.ts';
import { makeSigningKey, readSigningKey, type SigningKey } from '../identity/keys/signing-key.ts';
import { mostKeyBytes } from '../identity/keys/verifying-keys.ts';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../identity/tokens/strict-json.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';
import { parseTime, timeExpected } from './readable-time.ts';
import { sayFailed, sayUsage } from './said.ts';

/** What the command line says. */
export interface MintOptions {
  readonly key: string;
  readonly generate: boolean;
  /** A JSON object. */
  readonly claims?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience: readonly string[];
  readonly subject?: string | undefined;
  /** `name=value`, the value JSON or else text. */
  readonly claim: readonly string[];
  readonly expiresIn?: string | undefined;
  readonly kid?: string | undefined;
  readonly alg?: string | undefined;
  readonly type?: string | undefined;
  readonly now?: string | undefined;
}

/** A mistake of the command line. */
class Misuse extends Error {}

const forTests = 'for tests only: who has this key can be anybody where a config trusts it';

function refuseUrls(key: string): void {
  if (key === '-' || /^[a-z][a-z0-9+.-]*:\/\//i.test(key))
    throw new Misuse('--key takes a local file and nothing else');
}

function algorithmNamed(alg: string | undefined): Algorithm | undefined {
  const known = ALGORITHMS.find(each => each === alg);
  if (alg !== undefined && known === undefined) throw new Misuse(`--alg takes one of ${ALGORITHMS.join(', ')}`);
  return known;
}

const durations: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

const usualLife = '5m';

function secondsOf(duration: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(duration) ?? [];
  const seconds = Number(digits) * (durations.get(unit) ?? Number.NaN);
  if (Number.isNaN(seconds)) throw new Misuse('--expires-in takes a duration such as 30s, 5m or 8h');
  return seconds;
}

function writtenClaims(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  const read = readJson(text);
  if (!isJsonObject(read)) throw new Misuse('--claims takes a JSON object, each of whose names stands once');
  return read;
}

/** A list or an object that is not quite one must not become a text that nobody meant; nor a number that JSON can not keep. */
function beginsAsJson(value: string): boolean {
  return /^\s*[[{"]/.test(value) || /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/.test(value);
}

function namedClaim(written: string): [name: string, value: JsonValue] {
  const at = written.indexOf('=');
  if (at < 1) throw new Misuse('--claim takes name=value');
  const [name, value] = [written.slice(0, at), written.slice(at + 1)];
  const read = readJson(value);
  if (read === undefined && beginsAsJson(value))
    throw new Misuse(
      `the value of the claim ${name} begins as JSON and is none in which each name stands once: a text that begins so takes quotes, ${name}='"[…"'`,
    );
  return [name, read === undefined ? value : read];
}

function optionClaims(options: MintOptions): [name: string, value: JsonValue][] {
  const { issuer, audience, subject, claim } = options;
  const [onlyAudience, ...more] = audience;
  return [
    ...(issuer === undefined ? [] : [['iss', issuer] satisfies [string, JsonValue]]),
    ...(onlyAudience === undefined
      ? []
      : [['aud', more.length > 0 ? audience : onlyAudience] satisfies [string, JsonValue]]),
    ...(subject === undefined ? [] : [['sub', subject] satisfies [string, JsonValue]]),
    ...claim.map(namedClaim),
  ];
}

/** Of two values, neither must win unseen. */
function claimsOf(options: MintOptions, nowMs: number): JsonObject {
  const claims: Record<string, JsonValue> = Object.assign(Object.create(null), writtenClaims(options.claims));
  const add = (name: string, value: JsonValue): void => {
    if (Object.hasOwn(claims, name)) throw new Misuse(`the claim ${name} is given more than once`);
    claims[name] = value;
  };
  for (const [name, value] of optionClaims(options)) add(name, value);
  const now = Math.floor(nowMs / 1000);
  if (!Object.hasOwn(claims, 'iat')) claims['iat'] = now;
  const { expiresIn } = options;
  if (expiresIn !== undefined || !Object.hasOwn(claims, 'exp')) add('exp', now + secondsOf(expiresIn ?? usualLife));
  return claims;
}

function timeOf(now: string | undefined): number {
  const ms = now === undefined ? Date.now() : parseTime(now);
  if (ms === null) throw new Misuse(`--now: ${timeExpected}`);
  return ms;
}

function chosenAlgorithm({ algorithms }: SigningKey, alg: Algorithm | undefined): string {
  const [usual = ''] = algorithms;
  if (alg === undefined) return usual;
  if (!algorithms.includes(alg)) throw new Misuse(`--alg: the key is for ${algorithms.join(', ')}`);
  return alg;
}

async function mint(options: MintOptions, io: ProcessIo): Promise<number> {
  const claims = claimsOf(options, timeOf(options.now));
  const alg = algorithmNamed(options.alg);
  const bytes = await readRegularFile(options.key, mostKeyBytes);
  const read = 'fault' in bytes ? bytes : readSigningKey(bytes);
  if ('fault' in read) return sayFailed(io, `${options.key} ${read.fault}`);
  const kid = options.kid ?? read.kid;
  const header = { alg: chosenAlgorithm(read, alg), typ: options.type ?? 'JWT', ...(kid === undefined ? {} : { kid }) };
  const token = await signClaims(claims, header, read.key);
  io.stderr.write(`${forTests}\n`);
  io.stdout.write(`${token}\n`);
  return exitCodes.fine;
}

/** Behind the key's name, its `.json` taken off. */
function publicFile(key: string): string {
  return `${key.replace(/\.json$/, '')}.jwks.json`;
}

/** What is there is not written over; undefined where it is written, or why it is not. */
function write(file: string, text: string, mode: number): string | undefined {
  try {
    writeFileSync(file, text, { mode, flag: 'wx' });
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    return code === 'EEXIST' ? `${file} is there already` : `${file} can not be written (${code})`;
  }
}

const mintOnly = ['claims', 'issuer', 'subject', 'expiresIn', 'type', 'now'] as const;

function generate(options: MintOptions, io: ProcessIo): number {
  const { key, kid } = options;
  const surplus = mintOnly.some(name => options[name] !== undefined);
  if (surplus || options.audience.length + options.claim.length > 0)
    throw new Misuse('--generate makes a key and no token: it takes --key, --alg and --kid alone');
  const made = makeSigningKey(algorithmNamed(options.alg) ?? 'ES256', kid);
  const fault = write(key, made.secretText, 0o600);
  if (fault !== undefined) return sayFailed(io, fault);
  const shown = publicFile(key);
  const second = made.publicText === null ? undefined : write(shown, made.publicText, 0o644);
  if (second !== undefined) {
    unlinkSync(key);
    return sayFailed(io, second);
  }
  io.stderr.write(`${forTests}\n`);
  io.stdout.write(made.publicText === null ? `secret: ${key}\n` : `private key: ${key}\npublic keys: ${shown}\n`);
  return exitCodes.fine;
}

/** Prints a token, or writes a new key pair with `generate`. */
export async function runTokenMint(options: MintOptions, io: ProcessIo): Promise<number> {
  try {
    refuseUrls(options.key);
    return options.generate ? generate(options, io) : await mint(options, io);
  } catch (error) {
    if (!(error instanceof Misuse)) throw error;
    return sayUsage(io, error.message);
  }
}
