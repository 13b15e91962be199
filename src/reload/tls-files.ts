/** Certificates and keys that a config names: read, and tried together, before anything is opened with them. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Path } from '../config/problems.ts';
import type { Parts, ReadableConfig } from '../config/readable.ts';
import { readRegularFile } from '../config/regular-file.ts';
import type { JwtConfig } from '../config/sections/jwt.ts';
import type { KeysConfig } from '../config/sections/keys.ts';
import type { ListenTlsConfig } from '../config/sections/listen.ts';
import type { Certificate, HubTls, ListenerTls } from '../wire/secure.ts';

/** Something to say of a file, at its key. */
export interface TlsFinding {
  readonly path: Path;
  readonly message: string;
}

/** What the files give, and what is wrong with them. */
export interface TlsOpening {
  /** In the order of `listen`; `null` for plain ones, and where something is wrong. */
  readonly listen: readonly (ListenerTls | null)[];
  readonly hub: HubTls | null;
  /** Who signs the certificates of where keys are fetched, in the order of `jwt`; `null`: the roots that Node comes with. */
  readonly issuers: readonly (string | null)[];
  readonly faults: readonly TlsFinding[];
  readonly warnings: readonly TlsFinding[];
}

/** Bundles of all public authorities have a quarter of it. */
const mostPemBytes = 1024 * 1024;

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** PKCS #8, and what OpenSSL wrote before it. */
const encryptedKey = /^(?:-----BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED)/m;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';

interface CertificateChain {
  readonly pem: string;
  readonly first: X509Certificate;
}

interface PrivateKey {
  readonly pem: string;
  readonly key: KeyObject;
}

/** Reads files for one place in the config, and notes what is wrong. */
class TlsFiles {
  readonly faults: TlsFinding[] = [];
  readonly warnings: TlsFinding[] = [];
  readonly #absolute: (file: string) => string;
  readonly #now: number;

  constructor(absolute: (file: string) => string, now: number) {
    this.#absolute = absolute;
    this.#now = now;
  }

  #fault(path: Path, file: string | null, message: string): null {
    this.faults.push({ path, message: this.#said(file, message) });
    return null;
  }

  /** What stands in the config itself has no name. */
  #said(file: string | null, message: string): string {
    return file === null ? message : `"${this.#absolute(file)}" ${message}`;
  }

  async #read(file: string, path: Path, expected: string): Promise<string | null> {
    const read = await readRegularFile(this.#absolute(file), mostPemBytes);
    if ('fault' in read) return this.#fault(path, file, `${read.fault}, expected a file with ${expected} (PEM)`);
    return Buffer.from(read).toString('latin1');
  }

  /** All certificates of a file; the first one is warned of as well as those above it. */
  async certificates(file: string, path: Path): Promise<CertificateChain | null> {
    const pem = await this.#read(file, path, 'certificates');
    return pem === null ? null : this.certificatesIn(pem, path, file);
  }

  /** The same of PEM text; `file` is where it stood, null for the config itself. */
  certificatesIn(pem: string, path: Path, file: string | null): CertificateChain | null {
    let all: X509Certificate[];
    try {
      all = (pem.match(pemCertificate) ?? []).map(text => new X509Certificate(text));
    } catch (error) {
      return this.#fault(path, file, `holds a certificate that can not be read (${codeOf(error)}), expected PEM`);
    }
    const [first] = all;
    if (first === undefined) return this.#fault(path, file, 'holds no certificate, expected one or more (PEM)');
    for (const one of all) this.#checkDates(one, file, path);
    return { pem, first };
  }

  #checkDates({ validFromDate, validToDate }: X509Certificate, file: string | null, path: Path): void {
    const warn = (message: string): void => void this.warnings.push({ path, message: this.#said(file, message) });
    if (validToDate.getTime() < this.#now) warn(`holds a certificate that expired on ${validToDate.toISOString()}`);
    if (validFromDate.getTime() > this.#now)
      warn(`holds a certificate that is not valid before ${validFromDate.toISOString()}`);
  }

  async #key(file: string, path: Path): Promise<PrivateKey | null> {
    const pem = await this.#read(file, path, 'a private key');
    if (pem === null) return null;
    if (encryptedKey.test(pem)) return this.#fault(path, file, 'is encrypted, expected a key without a passphrase');
    try {
      return { pem, key: createPrivateKey(pem) };
    } catch {
      return this.#fault(path, file, 'holds no private key, expected one (PEM)');
    }
  }

  /** A certificate and its key; `at` is the map that names both. */
  async pair(certFile: string, keyFile: string, at: Path): Promise<Certificate | null> {
    const chain = await this.certificates(certFile, [...at, 'certFile']);
    const own = await this.#key(keyFile, [...at, 'keyFile']);
    if (chain === null || own === null) return null;
    if (!chain.first.checkPrivateKey(own.key))
      return this.#fault([...at, 'keyFile'], keyFile, 'does not fit the certificate, expected the key of certFile');
    const certificate = { cert: chain.pem, key: own.pem };
    try {
      createSecureContext(certificate);
    } catch (error) {
      return this.#fault([...at, 'certFile'], certFile, `can not be used (${codeOf(error)}), expected another one`);
    }
    return certificate;
  }

  /** Who signs; `undefined` where something is wrong with the file. */
  async signers(file: string | null, path: Path): Promise<string | null | undefined> {
    return file === null ? null : (await this.certificates(file, path))?.pem;
  }
}

async function listenerTls(files: TlsFiles, written: ListenTlsConfig, at: Path): Promise<ListenerTls | null> {
  const pair = await files.pair(written.certFile, written.keyFile, at);
  const clientCa = await files.signers(written.clientCaFile, [...at, 'clientCaFile']);
  if (pair === null || clientCa === undefined) return null;
  return { ...pair, clientCa, clientCertificate: written.clientCertificate };
}

async function hubTls(files: TlsFiles, { hub }: ReadableConfig): Promise<HubTls | null> {
  if (!hub?.tls) return null;
  const at = ['hub', 'tls'];
  const { caFile, certFile, keyFile, serverName } = hub.tls;
  const ca = await files.signers(caFile, [...at, 'caFile']);
  const named = certFile !== null && keyFile !== null;
  const own = named ? await files.pair(certFile, keyFile, at) : null;
  if (ca === undefined || (named && own === null)) return null;
  return { ca, own, serverName };
}

/** `keys.caFile`, or else the text in `issuer.certificateAuthority`. */
async function issuerSigners(
  files: TlsFiles,
  { keys, certificateAuthority }: Parts<JwtConfig>,
  at: Path,
): Promise<string | null> {
  const caFile = caFileOf(keys);
  if (caFile !== null) return (await files.signers(caFile, [...at, 'keys', 'caFile'])) ?? null;
  if (!certificateAuthority) return null;
  return files.certificatesIn(certificateAuthority, [...at, 'issuer', 'certificateAuthority'], null)?.pem ?? null;
}

function caFileOf(keys: KeysConfig | undefined): string | null {
  return keys === undefined || 'file' in keys ? null : keys.caFile;
}

/** Reads all of them; `now` in milliseconds is what certificates are compared to. */
export async function openTlsFiles(
  config: ReadableConfig,
  absolute: (file: string) => string,
  now: number,
): Promise<TlsOpening> {
  const files = new TlsFiles(absolute, now);
  const listen: (ListenerTls | null)[] = [];
  for (const [index, { tls }] of (config.listen ?? []).entries()) {
    listen.push(tls ? await listenerTls(files, tls, ['listen', index, 'tls']) : null);
  }
  const hub = await hubTls(files, config);
  const issuers: (string | null)[] = [];
  for (const [index, entry] of (config.jwt ?? []).entries())
    issuers.push(await issuerSigners(files, entry, ['jwt', index]));
  return { listen, hub, issuers, faults: files.faults, warnings: files.warnings };
}

/** Who signs the certificates of somebody whom the gate asks; `ca` is null where nothing is named, or something is wrong. */
export async function openSigners(
  file: string | null,
  path: Path,
  absolute: (file: string) => string,
  now: number,
): Promise<{ readonly ca: string | null } & Pick<TlsOpening, 'faults' | 'warnings'>> {
  const files = new TlsFiles(absolute, now);
  const ca = (await files.signers(file, path)) ?? null;
  return { ca, faults: files.faults, warnings: files.warnings };
}

/** Every file that `openTlsFiles` reads, as the config writes it. */
export function tlsFilesNamed({ listen = [], hub, jwt = [] }: ReadableConfig): string[] {
  const all = [
    ...listen.flatMap(({ tls }) => (tls ? [tls.certFile, tls.keyFile, tls.clientCaFile] : [])),
    ...(hub?.tls ? [hub.tls.caFile, hub.tls.certFile, hub.tls.keyFile] : []),
    ...jwt.map(({ keys }) => caFileOf(keys)),
  ];
  return all.filter(file => file !== null);
}
