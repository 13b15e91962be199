/** `introspection`: endpoints that know opaque tokens (RFC 7662). What it shares with `jwt` has the same shape here. */

import { filePath, keyUrl } from '../formats.ts';
import type { Parts } from '../readable.ts';
import type { IntrospectionConfig } from '../sections/introspection.ts';
import { choice, flag, group, key, keyOr, keyOrNull, list, readKeys, type Shape, shaped, text } from '../shape.ts';
import { duration } from '../units.ts';
import { claimMappingsShape, claimRulesShape, userRulesShape } from './expressions.ts';
import { checkEncrypted } from './keys.ts';

const issuerFields = group({
  url: keyOrNull('Compared to the `iss` of the answer as a string; left out: not looked at', text("the issuer's URL")),
  audiences: keyOr('A token must be for one of these', list('a list of audiences', text('an audience')), []),
  dangerouslyAnyAudience: keyOr('Tokens for anybody are taken; audiences stays empty', flag(), false),
});

const issuerShape: Shape<Pick<IntrospectionConfig, 'issuer' | 'audiences' | 'dangerouslyAnyAudience'>> = shaped(
  issuerFields,
  ({ url, audiences, dangerouslyAnyAudience }) => ({ issuer: url, audiences, dangerouslyAnyAudience }),
);

const entry = group({
  url: key('The endpoint; https, or http to a loopback address', keyUrl()),
  clientId: key('Who the gate is at the endpoint', text("a client's id")),
  clientSecretFile: key('File with the secret of clientId; one trailing newline is cut', filePath()),
  caFile: keyOrNull("Who signs the endpoint's certificate (PEM)", filePath()),
  dangerouslyAllowHttp: keyOr('url may be plain http off loopback', flag(), false),
  timeout: keyOr('How long an answer may take', duration('100ms', '1m'), '5s'),
  cacheFor: keyOr('How long an answer is believed at most', duration('1s', '1h'), '30s'),
  issuer: keyOr('Whose tokens these are, and for whom', issuerShape, {}),
  namespace: keyOrNull('Provers that are one directory share it', text("a directory's name")),
  type: keyOr(
    'Bearer: the answer has to name that token_type; any: it may leave it out',
    choice(['Bearer', 'any']),
    'Bearer',
  ),
  clockTolerance: keyOr('How far clocks may differ', duration('0s', '10m'), '30s'),
  dangerouslyUnverifiedEmail: keyOr('E-mail claims count without email_verified', flag(), false),
  claimValidationRules: keyOr('What members of the answer must be', claimRulesShape, []),
  claimMappings: keyOr('How members of the answer make the user', claimMappingsShape('username'), {}),
  userValidationRules: keyOr('What the user must be then', userRulesShape, []),
});

/** Endpoints, in the order of the file. */
export const introspectionShape: Shape<IntrospectionConfig[]> = list(
  'a list of endpoints',
  shaped(entry, ({ issuer, timeout, cacheFor, clockTolerance, dangerouslyAllowHttp, ...written }, report) => {
    if (!dangerouslyAllowHttp) checkEncrypted(written.url, 'url', report);
    return { ...written, ...issuer, timeoutMs: timeout, cacheForMs: cacheFor, clockToleranceMs: clockTolerance };
  }),
);

/** What holds of one endpoint, as far as rules look at it and its files can be tried. */
export function introspectionParts(written: unknown): Parts<IntrospectionConfig> {
  const { issuer, namespace, clientSecretFile, caFile, ...rules } = readKeys(entry, written);
  const { claimMappings, claimValidationRules, dangerouslyUnverifiedEmail } = rules;
  return {
    ...issuer,
    namespace,
    clientSecretFile,
    caFile,
    claimMappings,
    claimValidationRules,
    dangerouslyUnverifiedEmail,
  };
}
