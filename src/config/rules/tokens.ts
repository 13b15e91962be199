/** Rules on one issuer: its audiences, its keys and its algorithms go together. */

import type { Finding } from '../problems.ts';
import type { Parts, ReadableConfig } from '../readable.ts';
import type { JwtConfig } from '../sections/jwt.ts';

/** A token is for somebody. */
export function audiencesSaid({ jwt = [], introspection = [] }: ReadableConfig): Finding[] {
  return [...audiencesIn('jwt', jwt), ...audiencesIn('introspection', introspection)];
}

function audiencesIn(
  list: string,
  entries: readonly Parts<Pick<JwtConfig, 'audiences' | 'dangerouslyAnyAudience'>>[],
): Finding[] {
  return entries.flatMap(({ audiences, dangerouslyAnyAudience }, index): Finding[] => {
    if (audiences === undefined || (audiences.length === 0) === dangerouslyAnyAudience) return [];
    const path = [list, index, 'issuer'];
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

/** Kubernetes' rule: whoever makes a name of an e-mail address has to say what becomes of one that nobody has verified (attack J11). */
export function emailVerified({ jwt = [], introspection = [] }: ReadableConfig): Finding[] {
  return [...emailUnverified('jwt', jwt), ...emailUnverified('introspection', introspection)];
}

type MailRules = Parts<Pick<JwtConfig, 'claimMappings' | 'claimValidationRules' | 'dangerouslyUnverifiedEmail'>>;

function emailUnverified(list: string, entries: readonly MailRules[]): Finding[] {
  const message =
    'makes a name of claims.email, expected claims.email_verified in it, in claimValidationRules[].expression or in extra[].valueExpression, or dangerouslyUnverifiedEmail: true';
  return entries.flatMap(({ claimMappings, claimValidationRules, dangerouslyUnverifiedEmail }, index) => {
    if (claimMappings === undefined || claimValidationRules === undefined || dangerouslyUnverifiedEmail !== false)
      return [];
    const { username, extra } = claimMappings;
    if (!('expression' in username) || !username.expression.claims.has('email')) return [];
    const others = [...claimValidationRules, ...extra].flatMap(one => ('expression' in one ? [one.expression] : []));
    if ([username.expression, ...others].some(({ claims }) => claims.has('email_verified'))) return [];
    return [{ path: [list, index, 'claimMappings', 'username', 'expression'], message }];
  });
}
