/** `hubgate token decode`: what a token says of itself, or which rule it breaks; nothing is verified. */
import { readCompactToken } from '../identity/tokens/compact-token.ts';
import type { JsonObject } from '../identity/tokens/strict-json.ts';
import { compactTokenFault } from '../identity/tokens/token-fault.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';
import { readableTime } from './readable-time.ts';
import { jsonText, sayFailed } from './said.ts';
import { readToken } from './token-text.ts';

const dateClaims = ['exp', 'nbf', 'iat', 'auth_time', 'updated_at'];

function datesOf(claims: JsonObject, now: number): Record<string, string> {
  const dates = dateClaims.flatMap(name => {
    const value = claims[name];
    return typeof value === 'number' ? [[name, readableTime(value * 1000, now)]] : [];
  });
  return Object.fromEntries(dates);
}

const notVerified =
  'NOT VERIFIED: anybody can write such a token. `hubgate token verify --config FILE` checks one as the gate does.\n';

/** Prints header and claims as JSON; `named` is the token, `-` or absent the standard input. */
export async function runTokenDecode(named: string | undefined, io: ProcessIo): Promise<number> {
  const token = await readToken(named, io);
  const fault = compactTokenFault(token);
  const read = readCompactToken(token);
  if (fault !== null || read === null) {
    const { part, rule } = fault ?? { part: 'token', rule: 'can not be read' };
    return sayFailed(io, part === 'token' ? `the text ${rule}` : `the token's ${part} ${rule}`);
  }
  const { header, claims } = read;
  io.stderr.write(notVerified);
  io.stdout.write(`${jsonText({ verified: false, header, claims, dates: datesOf(claims, Date.now()) })}\n`);
  return exitCodes.fine;
}
