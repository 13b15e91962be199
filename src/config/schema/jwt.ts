/** `jwt`: issuers of tokens, in the shape of Kubernetes' AuthenticationConfiguration. */
import { ALGORITHMS, type ClaimMappings, type ClaimRule, type JwtConfig } from '../config.ts';
import type { Parts } from '../readable.ts';
import {
  anyText,
  choice,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  later,
  laterKey,
  list,
  literalOr,
  type Read,
  type Report,
  readKeys,
  type Shape,
  shaped,
  text,
} from '../shape.ts';
import { duration } from '../units.ts';
import { carriersShape } from './carriers.ts';
import { keysShape } from './keys.ts';

const claimName = text("a claim's name");

const issuerFields = group({
  url: keyOrNull('Compared to `iss` as a string', text("the issuer's URL")),
  absent: keyOrNull('Tokens without `iss`, with local keys only; at most one entry', flag()),
  audiences: keyOr('A token must be for one of these', list('a list of audiences', text('an audience')), []),
  dangerouslyAnyAudience: keyOr('Tokens for anybody are taken; audiences stays empty', flag(), false),
  discoveryURL: laterKey('Where the discovery document is, when not below url'),
  certificateAuthority: laterKey('Who signs the certificate of discoveryURL (PEM)'),
  audienceMatchPolicy: keyOr('How audiences are compared', choice(['MatchAny']), 'MatchAny'),
});
type IssuerFields = Read<typeof issuerFields>;

function issuerOf(written: IssuerFields, report: Report): JwtConfig['issuer'] {
  const absent = written.absent === true;
  if (absent && written.url !== null) report('stands beside issuer.url, expected one of both', 'absent');
  if (!absent && written.url === null) report('has neither url nor absent: true, expected one of both');
  return absent ? { kind: 'absent' } : { kind: 'url', url: written.url ?? '' };
}

const issuerShape = shaped(issuerFields, (written, report) => {
  const { audiences, dangerouslyAnyAudience } = written;
  return { issuer: issuerOf(written, report), audiences, dangerouslyAnyAudience };
});

const ruleFields = group({
  claim: keyOrNull('The claim', claimName),
  requiredValue: keyOrNull('The text that it must be', anyText('a text')),
  expression: laterKey('A CEL expression that must be true'),
  message: laterKey('What the refusal says when the expression is false'),
});

const ruleShape: Shape<ClaimRule> = shaped(ruleFields, (written, report) => {
  const { claim, requiredValue } = written;
  if (claim === null || requiredValue === null) report('is incomplete, expected claim and requiredValue');
  return { claim: claim ?? '', requiredValue: requiredValue ?? '' };
});

const mapping = (about: string, claim: string): Shape<ClaimMappings['groups']> =>
  keyOr(
    about,
    shaped(
      group({
        claim: keyOr('The claim', claimName, claim),
        prefix: keyOr('Put before each value', anyText('a text, may be empty'), ''),
        expression: laterKey('A CEL expression that makes the value'),
      }),
      ({ claim: name, prefix }) => ({ claim: name, prefix }),
    ),
    {},
  );

const mappingsShape: Shape<ClaimMappings> = shaped(
  group({
    username: mapping('Which claim is the user', 'preferred_username'),
    groups: mapping("Which claim lists the user's groups", 'groups'),
    extra: laterKey('Further values by CEL expression'),
    uid: laterKey("Kubernetes' uid"),
  }),
  ({ username, groups }) => ({ username, groups }),
);

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
  claimValidationRules: keyOr('What claims must be', list('a list of rules', ruleShape), []),
  claimMappings: keyOr('How claims make the user', mappingsShape, {}),
  userValidationRules: later('Rules on the user by CEL expression', []),
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
  })),
);

/** What holds of one issuer, as far as rules look at it and its key file can be tried. */
export function jwtParts(written: unknown): Parts<JwtConfig> {
  const { issuer, namespace, keys, algorithms, carriers, claimMappings } = readKeys(entry, written);
  return { ...issuer, namespace, keys, algorithms, carriers, claimMappings };
}
