/** One generation of the gate: a config file, compiled, with the keys and secrets it names. */
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { discoveryUrlOf } from '../config/discovery.ts';
import { type LoadedConfig, type LoadResult, loadConfig, loadConfigAgain, type WhereIs } from '../config/load.ts';
import { formatProblem, type Path, type Problem, sortProblems } from '../config/problems.ts';
import type { ReadableConfig } from '../config/readable.ts';
import { readRegularFile } from '../config/regular-file.ts';
import type { JwtConfig } from '../config/sections/jwt.ts';
import type { Policy } from '../gate/policy.ts';
import { balancerKeyUrl } from '../identity/keys/balancer-keys.ts';
import type { FetchIo } from '../identity/keys/key-questions.ts';
import { type KeyRing, type KeyRingOpening, type KeySource, openKeySources } from '../identity/keys/key-sources.ts';
import type { SessionKeys } from '../identity/sessions/session-key.ts';
import type { UserProvider } from '../identity/sources/user-provider.ts';
import type { IntrospectionEndpoint } from '../identity/tokens/introspection.ts';
import { compilePolicy } from '../policy.ts';
import type { HubTls, ListenerTls } from '../wire/secure.ts';
import { introspectionFilesNamed, openEndpoints } from './introspection-files.ts';
import { auditFault, readRevocationFile, readToken, unknownRevoked } from './named-files.ts';
import { policyFaults } from './policy-faults.ts';
import { openProviders, providerFilesNamed } from './provider-files.ts';
import { openSecretHeaders, secretHeaderFilesNamed } from './secret-headers.ts';
import { openSessionKeys, sessionFilesNamed } from './session-files.ts';
import { openSsoSecrets, secretFilesNamed } from './sso-secrets.ts';
import { openTlsFiles, type TlsOpening, tlsFilesNamed } from './tls-files.ts';

/** Everything that a reload replaces. */
export interface Generation {
  readonly config: Config;
  readonly policy: Policy;
  readonly keys: KeyRing;
  /** The token that admin asks for. */
  readonly adminToken: string | undefined;
  /** The gate's own at the hub; undefined: tokens are not exchanged. */
  readonly hubToken: string | undefined;
  /** In the order of `introspection`. */
  readonly endpoints: readonly IntrospectionEndpoint[];
  /** Of mount and data. */
  readonly providers: readonly UserProvider[];
  /** In the order of `session.keyFiles`; empty without sessions. */
  readonly sessionKeys: SessionKeys;
  readonly tls: GenerationTls;
  /** The config and every file it names, absolute. */
  readonly files: readonly string[];
}

/** Certificates and keys as they were read. */
export interface GenerationTls {
  /** In the order of `listen`; `null`: plain HTTP. */
  readonly listen: readonly (ListenerTls | null)[];
  /** `null`: plain http. */
  readonly hub: HubTls | null;
}

/** A generation, or all that is wrong in the order of the file, a line each. */
export type GenerationOpening =
  | {
      readonly ok: true;
      readonly generation: Generation;
      readonly warnings: readonly string[];
      /** Where keys are fetched from, as it may be said: `…` for a URL that came from the environment. */
      readonly keyUrls: readonly string[];
      readonly whereIs: WhereIs;
    }
  | {
      readonly ok: false;
      readonly problems: readonly string[];
      /** The config and the files that it names as far as it can be read: one of them may be what has to change. */
      readonly files: readonly string[];
    };

/** What opening a generation needs. */
export interface GenerationOptions {
  readonly configPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keyIo: FetchIo;
  /** The keys in force; what was fetched for the same source goes on. */
  readonly previous?: KeyRing;
  /** Told of each file before it is read. */
  readonly willRead?: (file: string) => void;
}

/** Something wrong at a key. */
interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** What the sources of keys take from beside their config. */
interface KeySurroundings {
  /** Of a refused config nothing is fetched: only files are read. */
  readonly filesOnly: boolean;
  readonly absolute: (file: string) => string;
  /** Who signs, in the order of `jwt`. */
  readonly signers: TlsOpening['issuers'];
}

/** Of the entries whose keys and algorithms hold. */
function keySources({ jwt = [] }: ReadableConfig, { filesOnly, absolute, signers }: KeySurroundings): KeySource[] {
  return jwt.flatMap(({ issuer, keys, algorithms, discoveryUrl = null }, index) => {
    if (keys === undefined || algorithms === undefined) return [];
    const isFile = 'file' in keys;
    if (!isFile && filesOnly) return [];
    const known = issuer === undefined ? `jwt[${index}]` : '';
    const url = issuer?.kind === 'url' ? issuer.url : known;
    const ca = signers[index] ?? null;
    return [
      {
        issuer: url,
        keys: isFile ? { ...keys, file: absolute(keys.file) } : keys,
        algorithms: new Set<string>(algorithms),
        discoveryUrl: discoveryUrlOf(url, discoveryUrl),
        ...(ca === null ? {} : { ca }),
      },
    ];
  });
}

/** Each entry that names a bad file is told. */
function keyFaults(opened: KeyRingOpening, { jwt = [] }: ReadableConfig, absolute: (file: string) => string): Fault[] {
  if (opened.ok) return [];
  return jwt.flatMap(({ keys }, index) => {
    if (keys === undefined || !('file' in keys)) return [];
    const file = absolute(keys.file);
    return opened.problems
      .filter(problem => problem.file === file)
      .map(({ message }) => ({ path: ['jwt', index, 'keys', keys.kind], message: `"${file}" ${message}` }));
  });
}

/** What only compiling and opening the files shows, of a good config as of a bad one. */
interface Opening {
  readonly policy: Policy | null;
  readonly keys: KeyRingOpening;
  readonly adminToken: string | undefined;
  readonly hubToken: string | undefined;
  readonly endpoints: readonly IntrospectionEndpoint[];
  readonly providers: readonly UserProvider[];
  readonly sessionKeys: SessionKeys;
  readonly tls: GenerationTls;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

async function openAll(loaded: LoadResult, options: GenerationOptions): Promise<Opening> {
  const { configPath, keyIo, previous } = options;
  const readable = loaded.ok ? loaded.config : loaded.readable;
  const whole = loaded.ok ? loaded.config : loaded.whole;
  const folder = dirname(resolve(configPath));
  const absolute = (file: string): string => resolve(folder, file);
  const revocationFile = readable.revocation?.file ?? null;
  const revoked = await readRevocationFile(revocationFile && absolute(revocationFile));
  const secondFactors = await openSsoSecrets(readable, absolute);
  const named = await openSecretHeaders(readable, absolute);
  const sessions = await openSessionKeys(readable, absolute);
  const policy =
    whole &&
    compilePolicy(whole, loaded.ok ? loaded.digest : '', {
      ssoSecrets: secondFactors.secrets,
      revoked: revoked.list,
      secretHeaders: named.headers,
      sessionKeys: sessions.keys,
    });
  const tokenFileOf = (part: 'admin' | 'hub'): string | null => {
    const file = readable[part]?.tokenFile ?? null;
    return file && absolute(file);
  };
  const admin = await readToken('admin', tokenFileOf('admin'));
  const hub = await readToken('hub', tokenFileOf('hub'));
  const written = readable.log?.audit ?? { kind: 'stdout' };
  const audit = auditFault(written.kind === 'file' ? { ...written, file: absolute(written.file) } : written);
  const endpoints = await openEndpoints(readable, absolute, keyIo.clock.wall());
  const providers = await openProviders(readable, absolute, keyIo.clock.wall());
  const tls = await openTlsFiles(readable, absolute, keyIo.clock.wall());
  const io = { ...keyIo, readFile: readRegularFile };
  const surroundings = { filesOnly: !loaded.ok || tls.faults.length > 0, absolute, signers: tls.issuers };
  const keys = await openKeySources(keySources(readable, surroundings), io, previous);
  const faults: Fault[] = [
    ...(whole && policy ? policyFaults(whole, policy) : []),
    ...('message' in admin ? [admin] : []),
    ...('message' in hub ? [hub] : []),
    ...(audit === null ? [] : [audit]),
    ...revoked.faults,
    ...keyFaults(keys, readable, absolute),
    ...secondFactors.faults,
    ...named.faults,
    ...sessions.faults,
    ...endpoints.faults,
    ...providers.faults,
    ...tls.faults,
  ];
  const problemOf = ({ path, message }: Fault): Problem => loaded.problemAt(path, message);
  return {
    policy,
    keys,
    tls: { listen: tls.listen, hub: tls.hub },
    adminToken: 'token' in admin ? admin.token : undefined,
    hubToken: 'token' in hub ? hub.token : undefined,
    endpoints: endpoints.endpoints,
    providers: providers.providers,
    sessionKeys: sessions.keys,
    problems: faults.map(problemOf),
    warnings: [
      ...tls.warnings,
      ...endpoints.warnings,
      ...providers.warnings,
      ...(whole ? unknownRevoked(revoked.list, whole) : []),
    ].map(problemOf),
  };
}

/** Where an entry's keys are fetched first, and which key of the config says so. */
function firstAsked({ issuer, keys, discoveryUrl }: JwtConfig): { readonly url: string; readonly path: Path } | null {
  if (keys.kind === 'jwksUrl') return { url: keys.url, path: ['keys', 'jwksUrl'] };
  if (keys.kind === 'alb') return { url: balancerKeyUrl(keys.region, ''), path: ['keys', 'alb', 'region'] };
  if (keys.kind !== 'discovery' || issuer.kind !== 'url') return null;
  const path = ['issuer', discoveryUrl === null ? 'url' : 'discoveryURL'];
  return { url: discoveryUrlOf(issuer.url, discoveryUrl), path };
}

/** Quoted, so that what came from the environment is left out as it is in problems. */
function keyUrlsOf({ config, problemAt }: LoadedConfig): string[] {
  return config.jwt.flatMap((entry, index) => {
    const asked = firstAsked(entry);
    if (asked === null) return [];
    return [problemAt(['jwt', index, ...asked.path], `"${new URL(asked.url).href}"`).message.slice(1, -1)];
  });
}

/** Absolute, each once; neither the config itself, nor files per user, nor the audit log. */
function filesNamed(loaded: LoadResult, configPath: string): string[] {
  const readable = loaded.ok ? loaded.config : loaded.readable;
  const { jwt = [], admin, hub, revocation } = readable;
  const keyFiles = jwt.flatMap(({ keys }) => (keys !== undefined && 'file' in keys ? [keys.file] : []));
  const secretFiles = [...secretFilesNamed(readable), ...secretHeaderFilesNamed(readable)];
  const named = [
    ...keyFiles,
    ...secretFiles,
    ...sessionFilesNamed(readable),
    ...[admin?.tokenFile, hub?.tokenFile, revocation?.file].filter(file => typeof file === 'string'),
    ...introspectionFilesNamed(readable),
    ...providerFilesNamed(readable),
    ...tlsFilesNamed(readable),
  ];
  return [...new Set(named.map(file => resolve(dirname(resolve(configPath)), file)))];
}

/** Loads, compiles and reads everything; all problems at once. */
export async function openGeneration(options: GenerationOptions): Promise<GenerationOpening> {
  const { configPath, env, previous, willRead = () => undefined } = options;
  willRead(resolve(configPath));
  // At the start it may come through a pipe; later nobody may write to that any more.
  const loaded = previous === undefined ? loadConfig(configPath, env) : await loadConfigAgain(configPath, env);
  const named = filesNamed(loaded, configPath);
  named.forEach(willRead);
  const { policy, keys, adminToken, hubToken, endpoints, providers, sessionKeys, tls, problems, warnings } =
    await openAll(loaded, options);
  const files = [resolve(configPath), ...named];
  if (!loaded.ok || !keys.ok || policy === null || problems.length > 0) {
    if (keys.ok) keys.ring.close(previous);
    const all = [...(loaded.ok ? [] : loaded.problems), ...problems];
    return { ok: false, problems: sortProblems(all).map(formatProblem), files };
  }
  const generation = {
    config: loaded.config,
    policy,
    keys: keys.ring,
    adminToken,
    hubToken,
    endpoints,
    providers,
    sessionKeys,
    tls,
    files,
  };
  const warned = sortProblems([...loaded.warnings, ...warnings]);
  const { whereIs } = loaded;
  return { ok: true, generation, warnings: warned.map(formatProblem), keyUrls: keyUrlsOf(loaded), whereIs };
}
