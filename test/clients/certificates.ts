/** Certificates for tests, made on the spot: as much of X.509 (RFC 5280) as TLS looks at. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import type { Certificate } from '../../src/wire/secure.ts';

/** A certificate of a test, and what signs others with it. */
export interface TestCertificate extends Certificate {
  readonly commonName: string;
}

/** What a certificate says. */
export interface CertificateWish {
  /** DNS names, IPv4 addresses, and URIs or e-mail addresses behind `URI:` or `email:`; the first names the subject. */
  readonly names?: readonly string[];
  /** Who signs; itself when absent, and then it may sign others. */
  readonly issuer?: TestCertificate;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** DER (X.690): a tag, a length, and what it holds. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value, 'latin1'));
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const yes = der(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const commonNameOid = oid('550403');
const basicConstraintsOid = oid('551d13');
const alternativeNameOid = oid('551d11');

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(commonNameOid, text(0x0c, commonName))));
}

/** GeneralizedTime, in whole seconds. */
function timeOf(date: Date): Buffer {
  return text(0x18, `${date.toISOString().replace(/[-:T]|\..*/g, '')}Z`);
}

/** Tags of a GeneralName (RFC 5280 §4.2.1.6) that are written out. */
const spelledNames: readonly (readonly [start: string, tag: number])[] = [
  ['email:', 0x81],
  ['URI:', 0x86],
];

function alternativeName(name: string): Buffer {
  const spelled = spelledNames.find(([start]) => name.startsWith(start));
  if (spelled !== undefined) return text(spelled[1], name.slice(spelled[0].length));
  return isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : text(0x82, name);
}

function extensionsOf(names: readonly string[], isSigner: boolean): Buffer {
  const constraints = sequence(basicConstraintsOid, yes, der(0x04, sequence(...(isSigner ? [yes] : []))));
  const alternatives = sequence(alternativeNameOid, der(0x04, sequence(...names.map(alternativeName))));
  return der(0xa3, sequence(constraints, alternatives));
}

const dayMs = 86_400_000;

/** Makes one, with an EC key of its own. */
export function makeCertificate(wish: CertificateWish = {}): TestCertificate {
  const { names = ['127.0.0.1'], issuer } = wish;
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = wish;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const commonName = names[0] ?? 'nobody';
  const signer: KeyObject = issuer === undefined ? privateKey : createPrivateKey(issuer.key);
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x01]), randomBytes(8)),
    ecdsaWithSha256,
    nameOf(issuer?.commonName ?? commonName),
    sequence(timeOf(notBefore), timeOf(notAfter)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensionsOf(names, issuer === undefined),
  );
  const signature = sign('sha256', toBeSigned, signer);
  const whole = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const body = whole
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return {
    commonName,
    cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** A CA, which nobody knows but who is given it. */
export function makeAuthority(name = 'test CA'): TestCertificate {
  return makeCertificate({ names: [name] });
}
