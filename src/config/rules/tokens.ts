/** Rules on one issuer: its audiences, its keys and its algorithms go together. */
import type { JwtConfig } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { Parts, ReadableConfig } from '../readable.ts';

/** A token is for somebody. */
export function audiencesSaid({ jwt = [] }: ReadableConfig): Finding[] {
  return jwt.flatMap(({ audiences, dangerouslyAnyAudience }, index): Finding[] => {
    if (audiences === undefined || (audiences.length === 0) === dangerouslyAnyAudience) return [];
    const path = ['jwt', index, 'issuer'];
    return dangerouslyAnyAudience
      ? [{ path: [...path, 'dangerouslyAnyAudience'], message: 'stands beside audiences, expected one of both' }]
      : [{ path, message: 'has no audiences, expected one or more, or dangerouslyAnyAudience: true' }];
  });
}

function unfitting({ keys, algorithms = [] }: Parts<JwtConfig>, index: number): Finding[] {
  if (keys === undefined) return [];
  const secret = keys.kind === 'secretFile';
  const expected = secret ? 'HS256, HS384 or HS512 with secretFile' : 'HS* only with secretFile';
  return algorithms.flatMap((algorithm, at) =>
    algorithm.startsWith('HS') === secret
      ? []
      : [{ path: ['jwt', index, 'algorithms', at], message: `does not fit the keys, expected ${expected}` }],
  );
}

/** A secret signs with HS*, a public key with the others (attack J2). */
export function algorithmsFit({ jwt = [] }: ReadableConfig): Finding[] {
  return jwt.flatMap(unfitting);
}
