/** `jwt`: issuers of tokens, in the shape of Kubernetes' AuthenticationConfiguration. */

import { keyUrl } from '../formats.ts';
import type { Parts } from '../readable.ts';
import { ALGORITHMS, type JwtConfig } from '../sections/jwt.ts';
import {
  choice,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  list,
  literalOr,
  only,
  type Read,
  type Report,
  readKeys,
  type Shape,
  shaped,
  text,
} from '../shape.ts';
import { duration } from '../units.ts';
import { carriersShape } from './carriers.ts';
import { claimMappingsShape, claimRulesShape, userRulesShape } from './expressions.ts';
import { keysShape } from './keys.ts';

const issuerFields = group({
  url: keyOrNull('Compared to `iss` as a string', text("the issuer's URL")),
  absent: keyOrNull('Tokens without `iss`, with local keys only; at most one entry', flag()),
  audiences: keyOr('A token must be for one of these', list('a list of audiences', text('an audience')), []),
  dangerouslyAnyAudience: keyOr('Tokens for anybody are taken; audiences stays empty', flag(), false),
  discoveryURL: keyOrNull('Where the discovery document is, when not below url', keyUrl()),
  certificateAuthority: keyOrNull(
    'Who signs the certificates of where keys are fetched (PEM text)',
    text('certificates as PEM text'),
  ),
  audienceMatchPolicy: keyOr('How audiences are compared', choice(['MatchAny']), 'MatchAny'),
  egressSelectorType: keyOr(
    "Kubernetes' API server has egress selectors, the gate has none",
    only(
      '',
      "names an egress selector of Kubernetes' API server, which the gate has none of, expected no such line: take it out, and let the gate reach where keys are fetched by itself",
    ),
    '',
  ),
});
type IssuerFields = Read<typeof issuerFields>;

function issuerOf(written: IssuerFields, report: Report): JwtConfig['issuer'] {
  const absent = written.absent === true;
  if (absent && written.url !== null) report('stands beside issuer.url, expected one of both', 'absent');
  if (!absent && written.url === null) report('has neither url nor absent: true, expected one of both');
  return absent ? { kind: 'absent' } : { kind: 'url', url: written.url ?? '' };
}

const issuerShape = shaped(issuerFields, (written, report) => {
  const { audiences, dangerouslyAnyAudience, discoveryURL: discoveryUrl, certificateAuthority } = written;
  return {
    issuer: issuerOf(written, report),
    audiences,
    dangerouslyAnyAudience,
    discoveryUrl,
    certificateAuthority,
  };
});

const entry = group({
  issuer: key('Whose tokens these are', issuerShape),
  namespace: keyOrNull('Provers that are one directory share it', text("a directory's name")),
  keys: keyOr('Where the keys are', keysShape, {}),
  algorithms: keyOr(
    'Signature algorithms that are taken',
    list('a list with one algorithm or more', choice(ALGORITHMS), 1),
    ['RS256', 'ES256'],
  ),
  carriers: carriersShape,
  type: keyOr('Wanted `typ` of the token, such as at+jwt; any: not looked at', text('a media type or any'), 'any'),
  clockTolerance: keyOr('How far clocks may differ', duration('0s', '10m'), '30s'),
  dangerouslyUnverifiedEmail: keyOr('E-mail claims count without email_verified', flag(), false),
  maxAge: keyOr('Longest age by `iat`; empty: not looked at', literalOr('', null, duration('1s', '3650d')), ''),
  claimValidationRules: keyOr('What claims must be', claimRulesShape, []),
  claimMappings: keyOr('How claims make the user', claimMappingsShape('preferred_username'), {}),
  userValidationRules: keyOr('What the user must be then', userRulesShape, []),
});

/** Issuers, in the order of the file. */
export const jwtShape: Shape<JwtConfig[]> = list(
  'a list of issuers',
  shaped(entry, written => ({
    ...written.issuer,
    namespace: written.namespace,
    keys: written.keys,
    algorithms: written.algorithms,
    carriers: written.carriers,
    type: written.type,
    clockToleranceMs: written.clockTolerance,
    maxAgeMs: written.maxAge,
    dangerouslyUnverifiedEmail: written.dangerouslyUnverifiedEmail,
    claimValidationRules: written.claimValidationRules,
    claimMappings: written.claimMappings,
    userValidationRules: written.userValidationRules,
  })),
);

/** What holds of one issuer, as far as rules look at it and its key file can be tried. */
export function jwtParts(written: unknown): Parts<JwtConfig> {
  const {
    issuer,
    namespace,
    keys,
    algorithms,
    carriers,
    claimMappings,
    claimValidationRules,
    dangerouslyUnverifiedEmail,
  } = readKeys(entry, written);
  return {
    ...issuer,
    namespace,
    keys,
    algorithms,
    carriers,
    claimMappings,
    claimValidationRules,
    dangerouslyUnverifiedEmail,
  };
}
