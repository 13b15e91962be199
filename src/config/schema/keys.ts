/** `jwt[].keys`: where an issuer's keys are. */

import { filePath, isPlainOffLoopback, keyUrl } from '../formats.ts';
import type { FetchConfig, FetchedKeysConfig, FiledKeysConfig, KeysConfig } from '../sections/keys.ts';
import { flag, group, keyOr, keyOrNull, type Read, type Report, type Shape, shaped } from '../shape.ts';
import { duration } from '../units.ts';
import { balancerShape } from './balancer.ts';

const fields = group({
  discovery: keyOrNull("Keys by the issuer's discovery document; true where no other source is written", flag()),
  jwksUrl: keyOrNull('JWKS to fetch; https, or http to a loopback address', keyUrl()),
  jwksFile: keyOrNull('JWKS in a file', filePath()),
  pemFile: keyOrNull('Public keys or certificates in a file (PEM)', filePath()),
  secretFile: keyOrNull('HMAC secret of 32 bytes or more; one trailing newline is cut', filePath()),
  alb: keyOrNull('Keys of an AWS Application Load Balancer', balancerShape),
  caFile: keyOrNull('Who signs the certificate of where keys are fetched (PEM)', filePath()),
  staleFor: keyOr(
    'How long the last keys count while they can not be fetched again, though they should be',
    duration('0s', '30d'),
    '24h',
  ),
  dangerouslyAllowHttp: keyOr('Keys may be fetched by plain http off loopback', flag(), false),
});
type Written = Read<typeof fields>;

const SOURCES = 'discovery, jwksUrl, jwksFile, pemFile, secretFile or alb';

function fetchOf({ caFile, staleFor, dangerouslyAllowHttp }: Written): FetchConfig {
  return { caFile, staleForMs: staleFor, dangerouslyAllowHttp };
}

function fetchedSources(written: Written): FetchedKeysConfig[] {
  const { discovery, jwksUrl, alb } = written;
  const fetching = fetchOf(written);
  return [
    ...(discovery === true ? [{ kind: 'discovery' as const, ...fetching }] : []),
    ...(jwksUrl === null ? [] : [{ kind: 'jwksUrl' as const, url: jwksUrl, ...fetching }]),
    ...(alb === null ? [] : [{ kind: 'alb' as const, ...alb, ...fetching }]),
  ];
}

function filedSources(written: Written): FiledKeysConfig[] {
  return (['jwksFile', 'pemFile', 'secretFile'] as const).flatMap(kind => {
    const file = written[kind];
    return file === null ? [] : [{ kind, file }];
  });
}

function checkFetching({ jwksUrl, caFile, dangerouslyAllowHttp }: Written, keys: KeysConfig, report: Report): void {
  if (jwksUrl !== null && !dangerouslyAllowHttp) checkEncrypted(jwksUrl, 'jwksUrl', report);
  if (caFile !== null && 'file' in keys)
    report(`stands beside ${keys.kind}, expected it with keys that are fetched`, 'caFile');
}

/** Reports the URL under `key` where it crosses a network in the clear. */
export function checkEncrypted(url: string, key: string, report: Report): void {
  if (isPlainOffLoopback(url))
    report('is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true', key);
}

/** Exactly one source of keys; where none is written, discovery. */
export const keysShape: Shape<KeysConfig> = shaped(fields, (written, report) => {
  const [first, second] = [...filedSources(written), ...fetchedSources(written)];
  if (second !== undefined) report(`stands beside ${first?.kind}, expected one of ${SOURCES}`, second.kind);
  if (first === undefined && written.discovery === false) report(`has no source, expected one of ${SOURCES}`);
  const keys = first ?? { kind: 'discovery', ...fetchOf(written) };
  checkFetching(written, keys, report);
  return keys;
});
