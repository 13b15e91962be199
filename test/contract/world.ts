/** Makes the rows playable: policies out of the configs, findings out of the credentials, lines out of text. */
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { decide } from '../../src/gate/gate.ts';
import type { Finding, Lookup, MintedTokenLookup, ProviderLookup } from '../../src/gate/lookups.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { serversPolicy } from '../../src/gate/servers-policy.ts';
import type { InboundRequest, OutboundRequest, Peer } from '../../src/gate/stages.ts';
import { type IpAddress, parseAddress } from '../../src/http/address.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { secretDigest } from '../../src/identity/assertions/second-factor.ts';
import { type Revocations, readRevocations } from '../../src/identity/tokens/revocations.ts';
import type { SsoSecrets } from '../../src/policy/sign-in.ts';
import { compilePolicy } from '../../src/policy.ts';
import { type ConfigName, configTexts } from './configs.ts';
import type { RequestRow } from './row.ts';
import { payloadIn } from './seen.ts';
import { sessions } from './sessions.ts';
import { sessionKeys } from './tags.ts';
import {
  badProofs,
  badSignatures,
  contractNow,
  fillIn,
  introspected,
  mountFiles,
  provided,
  revocationList,
  tokenOwners,
} from './tokens.ts';

/** What the files of the config `shared` hold. */
const ssoSecrets: SsoSecrets = new Map([[0, ['{front-secret}', '{front-secret-next}'].map(fillIn).map(secretDigest)]]);

const policies = new Map<ConfigName, Policy>();

/** What the revocation list says, where the config names one. */
function revokedBy({ revocation }: Config): Revocations {
  const reading = readRevocations(Buffer.from(revocation.file === null ? '' : revocationList));
  if ('faults' in reading) throw new Error(reading.faults.join());
  return reading.list;
}

/** The compiled config of that name. */
export function policyOf(name: ConfigName): Policy {
  const known = policies.get(name);
  if (known !== undefined) return known;
  const config = configOf(name);
  const whole = compilePolicy(config, name, { ssoSecrets, revoked: revokedBy(config), sessionKeys });
  const policy = config.listen[0]?.audience === 'servers' ? serversPolicy(whole) : whole;
  policies.set(name, policy);
  return policy;
}

/** The config of that name, as it was read. */
export function configOf(name: ConfigName): Config {
  const parsed = parseConfig(configTexts[name], `/etc/hubgate/${name}.yaml`, {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  return parsed.config;
}

/** The body that a door would read of a row. */
export function bodyOf({ head, content = '' }: RequestRow): Buffer {
  return Buffer.from(payloadIn(head, content), 'latin1');
}

const noBytes: Uint8Array = new Uint8Array();

/** What a look-up finds in the contract's world, for a request with that body. */
export function findingFor(lookup: Lookup, body: Uint8Array = noBytes): Finding {
  if (lookup.what === 'body') return { what: 'body', bytes: body };
  if (lookup.what === 'signature') {
    const reason = badSignatures.get(lookup.token);
    return reason === undefined ? { what: 'signature' } : refuse(reason);
  }
  if (lookup.what === 'dpop-proof') {
    const reason = badProofs.get(lookup.proof);
    return reason === undefined ? { what: 'dpop-proof' } : refuse(reason);
  }
  if (lookup.what === 'session') return { what: 'session', session: sessions.get(lookup.sealed) };
  if (lookup.what === 'introspection') {
    const claims = introspected.get(lookup.token);
    if (claims === null) return refuse('introspection-unavailable');
    const answer = claims && {
      token: lookup.token,
      entry: 0,
      claims,
      givenAt: { wall: contractNow, steady: 0 },
      until: contractNow + 30_000,
    };
    return { what: 'introspection', answer };
  }
  if (lookup.what === 'file') {
    const user = /\/([^/]*)\.json$/.exec(lookup.file)?.[1] ?? '';
    return user === 'mallet'
      ? refuse('data-unavailable', 'the file could not be read')
      : { what: 'file', text: mountFiles.get(user) };
  }
  if (lookup.what === 'provider') return saidOf(lookup);
  if (lookup.what === 'minted-token') return mintedFor(lookup);
  if (lookup.what === 'delivery') return { what: 'delivery', isDue: lookup.hubUser !== 'MJXWE' };
  return tokenOwners.has(lookup.token)
    ? { what: 'hub-token-owner', hubUser: tokenOwners.get(lookup.token) }
    : refuse('hub-unreachable', 'the hub could not be asked whose token it is');
}

function saidOf({ header, user }: ProviderLookup): Finding {
  if (user === 'mallet') return refuse('data-unavailable', 'the provider can not be asked');
  return { what: 'provider', answer: provided.get(`${header}:${user}`) };
}

/** A token that says whom and what it is for. */
function mintedFor({ hubUser, purpose }: MintedTokenLookup): Finding {
  if (hubUser === policyOf('exchanged').user.hubName('mallet').name) return refuse('hub-user-unknown');
  return { what: 'minted-token', token: [hubUser, ...Object.values(purpose)].join('~') };
}

const mostRounds = 8;

/** What goes to the hub of a request, when all that the decision asks is found; null where it is refused. */
export function forwarded(request: InboundRequest, config: ConfigName, body = noBytes): OutboundRequest | null {
  const findings = new Map<string, Finding>();
  for (let round = 0; round < mostRounds; round += 1) {
    const decision = decide(request, policyOf(config), { now: contractNow, findings });
    if (decision.kind === 'forward') return decision.request;
    if (decision.kind === 'refuse' || decision.kind === 'answer') return null;
    findings.set(decision.key, findingFor(decision, body));
  }
  throw new Error('the decision asks in circles');
}

/** `Name: value` as a field line; what stands behind the colon stays as it is but for one space. */
export function fieldLine(text: string): FieldLine {
  const colon = text.indexOf(':');
  return [text.slice(0, colon), text.slice(colon + 1).replace(/^ /, '')];
}

function addressOf(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return address;
}

/** `unix`, or an IP address; `source` is as in a row. */
export function peerOf(text: string, source?: string): Peer {
  const own: Peer = text === 'unix' ? { kind: 'unix' } : { kind: 'ip', address: addressOf(text) };
  return source === undefined ? own : { ...own, source: source === 'nobody' ? null : addressOf(source) };
}

/** The request that a door would make of a head; `source` is as in a row. */
export function inboundRequest(head: readonly string[], peer: string, source?: string): InboundRequest {
  const [line = '', ...fields] = head.map(fillIn);
  const [, method = '', target = '', version = ''] = /^(\S*) (.*) HTTP\/(\d\.\d)$/.exec(line) ?? [];
  if (version !== '1.0' && version !== '1.1') throw new Error(`no request line: ${line}`);
  return { method, target, httpVersion: version, fields: fields.map(fieldLine), peer: peerOf(peer, source) };
}

/** The forwarding family that the gate writes for a client address. */
export function forwardingFamily(client: string): string[] {
  const node = client.includes(':') ? `"[${client}]"` : client;
  const ofClient = [
    `X-Forwarded-For: ${client}`,
    `X-Real-IP: ${client}`,
    `Forwarded: for=${node};proto=https;host=hub.example`,
  ];
  return [
    ...(client === 'nobody' ? [] : ofClient),
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: hub.example',
    'X-Forwarded-Port: 443',
    'X-Scheme: https',
  ];
}

/** Writes out what expected lines abbreviate. */
export function expectedLines(lines: readonly string[]): string[] {
  return lines.flatMap(line => {
    const family = /^\{forwarding ([^}]*)\}$/.exec(line);
    return family === null ? [fillIn(line)] : forwardingFamily(family[1] ?? '');
  });
}
