/** Rules on keys that are fetched: from whom, who vouches for the place, and what they can sign with. */

import { discoveryUrlOf } from '../discovery.ts';
import { isPlainOffLoopback, keyUrlFault } from '../formats.ts';
import type { Finding, Path } from '../problems.ts';
import type { Parts, ReadableConfig } from '../readable.ts';
import type { JwtConfig } from '../sections/jwt.ts';

type Entry = Parts<JwtConfig>;

const perEntry =
  (rule: (entry: Entry, path: Path) => Finding[]) =>
  ({ jwt = [] }: ReadableConfig): Finding[] =>
    jwt.flatMap((entry, index) => rule(entry, ['jwt', index]));

/** Whoever has no issuer publishes no keys. */
export const absentHasLocalKeys: (config: ReadableConfig) => Finding[] = perEntry(({ issuer, keys }, path) => {
  if (issuer?.kind !== 'absent' || keys === undefined || 'file' in keys) return [];
  const at = keys.kind === 'discovery' ? [...path, 'keys'] : [...path, 'keys', keys.kind];
  return [{ path: at, message: 'is not local, expected jwksFile, pemFile or secretFile with issuer.absent' }];
});

/** The document must be somewhere, and come from there unchanged. */
export const discoveryFound: (config: ReadableConfig) => Finding[] = perEntry(
  ({ issuer, keys, discoveryUrl = null }, path) => {
    if (issuer?.kind !== 'url' || keys?.kind !== 'discovery') return [];
    const at = [...path, 'issuer', discoveryUrl === null ? 'url' : 'discoveryURL'];
    const url = discoveryUrlOf(issuer.url, discoveryUrl);
    if (keyUrlFault(url) !== null || (discoveryUrl === null && url.includes('?'))) {
      const message =
        'is no URL below which a discovery document can be, expected one, a discoveryURL, or a source in keys';
      return [{ path: at, message }];
    }
    if (keys.dangerouslyAllowHttp || !isPlainOffLoopback(url)) return [];
    const expected = 'an https URL, a loopback address, or keys.dangerouslyAllowHttp: true';
    return [{ path: at, message: `is plain http, and so is discovery, expected ${expected}` }];
  },
);

/** What is said of fetching is for keys that are fetched. */
export const issuerReached: (config: ReadableConfig) => Finding[] = perEntry(
  ({ keys, discoveryUrl = null, certificateAuthority = null }, path) => {
    if (keys === undefined) return [];
    const findings: Finding[] = [];
    if (discoveryUrl !== null && keys.kind !== 'discovery')
      findings.push({
        path: [...path, 'issuer', 'discoveryURL'],
        message: `stands beside keys.${keys.kind}, expected keys: { discovery: true }, or no discoveryURL`,
      });
    const other = 'file' in keys ? keys.kind : keys.caFile === null ? null : 'caFile';
    if (certificateAuthority !== null && other !== null)
      findings.push({
        path: [...path, 'issuer', 'certificateAuthority'],
        message: `stands beside keys.${other}, expected keys that are fetched, and one of caFile and certificateAuthority`,
      });
    return findings;
  },
);

/** A load balancer signs with ES256 and nothing else. */
export const balancerAlgorithm: (config: ReadableConfig) => Finding[] = perEntry(({ keys, algorithms }, path) =>
  keys?.kind !== 'alb' || algorithms === undefined || algorithms.includes('ES256')
    ? []
    : [{ path: [...path, 'algorithms'], message: 'has none that a load balancer signs with, expected ES256' }],
);
