/** Turns a preset and the config's `inject:` into the fields that the gate writes. */
import type { Config } from '../config/config.ts';
import type { InjectData, InjectMount } from '../config/sections/inject.ts';
import type { MintedTokenLookup } from '../gate/lookups.ts';
import { findingOf, type Injection, type Look } from '../gate/policy.ts';
import { isRefusal, type Refusal, refuse } from '../gate/reasons.ts';
import { dataText } from './data-text.ts';
import { readMount, writeMount } from './mount.ts';
import { type Endpoint, type Preset, presets } from './presets.ts';
import { compileSource, type SourceTools } from './sources.ts';
import { wireName } from './wire-name.ts';

/** Header names that are secrets; null: the config says the name. */
export interface SecretHeaders {
  readonly user: string | null;
  readonly mount: string | null;
}

/** None. */
export const noSecretHeaders: SecretHeaders = { user: null, mount: null };

type Value = ReturnType<Injection['value']>;

const notCarried = refuse('user-invalid', "the hub's authenticator can not carry the name");

/** What the injections of one config have in common. */
interface Setting {
  readonly preset: Preset;
  readonly tools: SourceTools;
}

function dataValue({ from, header }: InjectData, { preset, tools }: Setting): Injection['value'] {
  const source = compileSource(from, header, tools);
  return (identity, look) => {
    const given = source(identity, look);
    return 'kind' in given ? given : dataText(given.json, header, preset.dataEncoding);
  };
}

/** What is known of a mount that a source gave, at the time of the look. */
function mountText(given: unknown, config: InjectMount, { mountEncoding }: Preset, { now }: Look): Value {
  const mount = readMount(given, config.keys);
  if (isRefusal(mount)) return mount;
  const { expiresAt } = mount;
  if (expiresAt !== null && expiresAt <= now) return refuse('data-unavailable', 'the mount has expired');
  const text = writeMount(mount, mountEncoding);
  return typeof text !== 'string' || expiresAt === null ? text : { text, expiresAt };
}

/** A mount that can not be had now is one that an optional mount does without; a wrong one never is. */
function canDoWithout(refusal: Refusal, { optional }: InjectMount): boolean {
  return optional && refusal.reason === 'data-unavailable';
}

function mountInjection(config: InjectMount, { preset, tools }: Setting): Injection['value'] {
  const source = compileSource(config.from, config.header, tools);
  const none: Value = config.optional ? null : refuse('data-invalid', 'the user has no mount');
  return (identity, look) => {
    const given = source(identity, look);
    const value =
      'kind' in given ? given : given.json === undefined ? none : mountText(given.json, config, preset, look);
    return typeof value === 'object' && value !== null && isRefusal(value) && canDoWithout(value, config)
      ? null
      : value;
  };
}

type Where = Pick<Injection, 'paths' | 'method'>;

/** Where a field goes: to the paths that the config names, or else to the endpoints that the preset's plugin reads it on. */
function where(paths: readonly string[] | null, part: keyof Preset['reads'], { reads }: Preset): Where[] {
  if (paths?.includes('/**')) return [{ paths: 'everywhere' }];
  const at = (named: readonly string[], { method }: Endpoint): Where =>
    method === undefined ? { paths: new Set(named) } : { paths: new Set(named), method };
  const [first] = reads[part];
  return paths === null ? reads[part].map(endpoint => at([endpoint.path], endpoint)) : [at(paths, first)];
}

function named(part: keyof SecretHeaders, secret: SecretHeaders, header: string): Pick<Injection, 'header' | 'said'> {
  const name = secret[part];
  return name === null ? { header } : { header: name, said: `inject.${part}.headerFile` };
}

/** One for each endpoint that reads the user's name, all with one value. */
function userInjections({ inject: { user } }: Config, preset: Preset, secret: SecretHeaders): Injection[] {
  const header = user?.header ?? preset.userHeader;
  if (header === null && secret.user === null) return [];
  const value: Injection['value'] = identity => wireName(identity.user, preset.nameEncoding) ?? notCarried;
  const places = where(user?.paths ?? null, 'user', preset);
  return places.map(place => ({ ...named('user', secret, header ?? ''), ...place, value }));
}

/** A plugin that asks the hub whose token stands beside the name gets one that is minted for that login alone. */
function tokenInjections({ mintedTokenHeader: header, reads }: Preset): Injection[] {
  if (header === null) return [];
  const value: Injection['value'] = ({ hubUser, issuer, expiresAt: until }, look) => {
    const key = `minted-token:${JSON.stringify([hubUser, issuer, 'login'])}`;
    const lookup: MintedTokenLookup = {
      kind: 'lookup',
      key,
      what: 'minted-token',
      hubUser,
      purpose: { kind: 'login' },
      until,
    };
    const finding = findingOf(look, lookup);
    if (finding === undefined) return lookup;
    return 'reason' in finding ? finding : finding.token;
  };
  return reads.user.map(({ path, method = 'GET' }) => ({
    header,
    paths: new Set([path]),
    method,
    value,
    spends: true,
  }));
}

/** Compiles the injections: the user first, then data and mount, as the config and its preset say. */
export function compileInjections(
  config: Config,
  given: Omit<SourceTools, 'expressions'>,
  secret: SecretHeaders = noSecretHeaders,
): readonly Injection[] {
  const preset = presets[config.hub.authenticator.preset];
  const { data, mount } = config.inject;
  const expressions = [...data, ...(mount === null ? [] : [mount])].filter(
    ({ from }) => from.kind === 'expression',
  ).length;
  const setting: Setting = { preset, tools: { ...given, expressions } };
  const injections: Injection[] = [
    ...userInjections(config, preset, secret),
    ...tokenInjections(preset),
    ...data.flatMap(entry => {
      const value = dataValue(entry, setting);
      return where(entry.paths, 'data', preset).map(place => ({ header: entry.header, ...place, value }));
    }),
  ];
  if (mount !== null) {
    const value = mountInjection(mount, setting);
    const places = where(mount.paths, 'mount', preset);
    injections.push(...places.map(place => ({ ...named('mount', secret, mount.header), ...place, value })));
  }
  return injections;
}
