/** Stage 3: what proves the user, or what does not. */
import type { Config } from '../../../config/config.ts';
import type { Path } from '../../../config/problems.ts';
import type { Proof } from '../../../gate/proof.ts';
import { parseAuthorization } from '../../../http/authorization.ts';
import { readableTime } from '../../readable-time.ts';
import { lookupFacts } from './looked-up.ts';
import { entryOf } from './meant-token.ts';
import { refusedTokenFacts } from './shown-token.ts';
import { type Fact, factsIf, type Told } from './told.ts';

function proverKey({ prover, credential, issuer }: Proof, config: Config): Path {
  if (prover === 'introspection')
    return [prover, config.introspection.findIndex(entry => (entry.issuer ?? entry.url) === issuer)];
  if (credential === 'session') return ['session'];
  return credential === 'bearer'
    ? ['jwt', entryOf(issuer, config)]
    : ['sso', config.sso.findIndex(({ name }) => name === issuer)];
}

function proofFacts(proof: Proof, { config, now, placeOf }: Told): Fact[] {
  const { credential, issuer, expiresAt, groups } = proof;
  const who = issuer === '' ? 'the issuer of tokens without iss' : issuer;
  return [
    { name: credential, value: who, rule: placeOf(proverKey(proof, config)) },
    { name: 'holds until', value: readableTime(expiresAt, now) },
    ...factsIf(groups, value => ({ name: 'groups', value })),
  ];
}

function keyFacts({ keys, placeOf }: Told): Fact[] {
  return keys.flatMap(({ error }, entry) =>
    error === undefined ? [] : [{ name: 'keys could not be had', value: error, rule: placeOf(['jwt', entry, 'keys']) }],
  );
}

/** What is told of credentials, look-ups and proofs. */
export function authenticateFacts(told: Told): Fact[] {
  const { authenticated, sanitised } = told.journey.passage;
  const authorization = sanitised?.authorization;
  const scheme = authorization === undefined ? undefined : parseAuthorization(authorization)?.scheme;
  return [
    ...(authorization === undefined ? [] : [{ name: 'authorization', value: `scheme ${scheme ?? 'unreadable'}` }]),
    ...refusedTokenFacts(told),
    ...lookupFacts(told, 'signature'),
    ...lookupFacts(told, 'dpop-proof'),
    ...lookupFacts(told, 'introspection'),
    ...keyFacts(told),
    ...(authenticated?.proofs ?? []).flatMap(proof => proofFacts(proof, told)),
    ...(authenticated?.hubToken.use === 'alone'
      ? [{ name: 'hub token', value: 'goes up alone', rule: told.placeOf(['hub', 'apiTokens']) }]
      : []),
  ];
}
