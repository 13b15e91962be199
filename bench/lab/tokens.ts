/** Tokens by the thousand, signed in the background. */
import type { Algorithm, Issuer } from './issuer.ts';

const atOnce = 64;

/** One token each for that many users, `u0001` and on. */
export async function manyTokens(issuer: Issuer, count: number, algorithm: Algorithm = 'RS256'): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const batch = Math.min(atOnce, count - tokens.length);
    const users = Array.from({ length: batch }, (_, index) => userNumber(tokens.length + index + 1));
    tokens.push(...(await Promise.all(users.map(user => issuer.mint(user, algorithm)))));
  }
  return tokens;
}

function userNumber(number: number): string {
  return `u${String(number).padStart(4, '0')}`;
}
