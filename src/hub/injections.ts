/** Turns a preset and the config's `inject:` into the fields that the gate writes. */
import type { Config, InjectData, InjectMount } from '../config/config.ts';
import { findingOf, type Injection } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { FileLookup, Lookup } from '../gate/stages.ts';
import { dataText } from './data-text.ts';
import { givenBy } from './injected-expression.ts';
import { type Mount, parseMount, readMount, writeMount } from './mount.ts';
import { type Endpoint, type Preset, presets } from './presets.ts';
import { wireName } from './wire-name.ts';

/** Header names that are secrets; null: the config says the name. */
export interface SecretHeaders {
  readonly user: string | null;
  readonly mount: string | null;
}

/** None. */
export const noSecretHeaders: SecretHeaders = { user: null, mount: null };

type Value = string | null | Refusal | Lookup;

/** The path of one user's file, or null where the name can not be part of one. */
export type UserFilePath = (template: string, user: string) => string | null;

const mostFileBytes = 16 * 1024;

const notCarried = refuse('user-invalid', "the hub's authenticator can not carry the name");

function dataValue(
  { from, header }: InjectData,
  { preset: { dataEncoding }, expressions }: Setting,
): Injection['value'] {
  const told = (value: unknown): Value => dataText(value, header, dataEncoding);
  if (from.kind === 'claim') return ({ claims }) => told(claims[from.claim]);
  if (from.kind === 'header') return ({ asserted }) => told(asserted.get(from.header.toLowerCase()));
  const given = givenBy(from.expression, header, expressions);
  return identity => {
    const value = given(identity);
    return 'reason' in value ? value : told(value.json);
  };
}

function mountOrNone(mount: Mount | Refusal | undefined, config: InjectMount, preset: Preset): Value {
  if (mount === undefined) return config.optional ? null : refuse('data-invalid', 'the user has no mount');
  return 'reason' in mount ? mount : writeMount(mount, preset.mountEncoding);
}

/** What the injections of one config have in common. */
interface Setting {
  readonly preset: Preset;
  readonly filePath: UserFilePath;
  /** How many of them are expressions. */
  readonly expressions: number;
}

function mountInjection(config: InjectMount, { preset, filePath, expressions }: Setting): Injection['value'] {
  const { from } = config;
  if (from.kind === 'claim') {
    return identity => {
      const claim = identity.claims[from.claim];
      return mountOrNone(claim === undefined ? undefined : readMount(claim), config, preset);
    };
  }
  if (from.kind === 'expression') {
    const given = givenBy(from.expression, config.header, expressions);
    return identity => {
      const value = given(identity);
      if ('reason' in value) return value;
      return mountOrNone(value.json === undefined ? undefined : readMount(value.json), config, preset);
    };
  }
  return (identity, look) => {
    const file = filePath(from.file, identity.user);
    if (file === null) return refuse('data-invalid', 'the user name can not be part of a file name');
    const lookup: FileLookup = { kind: 'lookup', key: `file:${file}`, what: 'file', file, maxBytes: mostFileBytes };
    const finding = findingOf(look, lookup);
    if (finding === undefined) return lookup;
    if ('reason' in finding) return finding;
    return mountOrNone(finding.text === undefined ? undefined : parseMount(finding.text), config, preset);
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

/** Compiles the injections: the user first, then data and mount, as the config and its preset say. */
export function compileInjections(
  config: Config,
  filePath: UserFilePath,
  secret: SecretHeaders = noSecretHeaders,
): readonly Injection[] {
  const preset = presets[config.hub.authenticator.preset];
  const { data, mount } = config.inject;
  const expressions = [...data, ...(mount === null ? [] : [mount])].filter(
    ({ from }) => from.kind === 'expression',
  ).length;
  const setting: Setting = { preset, filePath, expressions };
  const injections: Injection[] = [
    ...userInjections(config, preset, secret),
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
