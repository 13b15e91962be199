/** `jwt[].keys`: where an issuer's keys are. */
import type { KeysConfig } from '../config.ts';
import { filePath, isLoopback, keyUrl, plainHttpHost } from '../formats.ts';
import {
  flag,
  group,
  keyOr,
  keyOrNull,
  later,
  laterKey,
  NOT_AVAILABLE,
  type Read,
  type Report,
  type Shape,
  shaped,
} from '../shape.ts';

const fields = group({
  jwksUrl: keyOrNull('JWKS to fetch; https, or http to a loopback address', keyUrl()),
  jwksFile: keyOrNull('JWKS in a file', filePath()),
  pemFile: keyOrNull('Public keys or certificates in a file (PEM)', filePath()),
  secretFile: keyOrNull('HMAC secret of 32 bytes or more; one trailing newline is cut', filePath()),
  dangerouslyAllowHttp: keyOr('jwksUrl may be plain http off loopback', flag(), false),
  discovery: later("Keys by the issuer's discovery document", false),
  alb: laterKey('Keys of an AWS load balancer', { region: 'Its region', signer: 'Its ARN' }),
  caFile: laterKey('Who signs the certificate of jwksUrl (PEM)'),
  staleFor: laterKey('How long old keys serve while new ones can not be had'),
});
type Written = Read<typeof fields>;

const SOURCES = 'jwksUrl, jwksFile, pemFile or secretFile';

function sourcesOf(written: Written): KeysConfig[] {
  const sources: KeysConfig[] = [];
  if (written.jwksUrl !== null) sources.push({ kind: 'jwksUrl', url: written.jwksUrl });
  for (const kind of ['jwksFile', 'pemFile', 'secretFile'] as const) {
    const file = written[kind];
    if (file !== null) sources.push({ kind, file });
  }
  return sources;
}

function checkPlainHttp({ jwksUrl, dangerouslyAllowHttp }: Written, report: Report): void {
  if (jwksUrl !== null && !dangerouslyAllowHttp) checkEncrypted(jwksUrl, 'jwksUrl', report);
}

/** Reports the URL under `key` where it crosses a network in the clear. */
export function checkEncrypted(url: string, key: string, report: Report): void {
  const host = plainHttpHost(url);
  if (host !== null && !isLoopback({ kind: 'tcp', host, port: 0 }))
    report('is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true', key);
}

/** Exactly one source of keys. */
export const keysShape: Shape<KeysConfig> = shaped(fields, (written, report) => {
  checkPlainHttp(written, report);
  const [first, second] = sourcesOf(written);
  if (second !== undefined) report(`stands beside ${first?.kind}, expected one of ${SOURCES}`, second.kind);
  if (first === undefined) report(`has no source (discovery is ${NOT_AVAILABLE}), expected one of ${SOURCES}`);
  return first ?? { kind: 'jwksFile', file: '' };
});
