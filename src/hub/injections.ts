/** Turns a preset and the config's `inject:` into the fields that the gate writes. */
import type { Config, InjectData, InjectMount } from '../config/config.ts';
import { findingOf, type Injection } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { FileLookup, Lookup } from '../gate/stages.ts';
import { isFieldValue } from '../http/field.ts';
import { givenBy } from './injected-expression.ts';
import { type Mount, parseMount, readMount, writeMount } from './mount.ts';
import { type Preset, presets } from './presets.ts';
import { asciiJson } from './python-literal.ts';
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

/** A claim as a field value: text as latin1, which is how Tornado reads it; anything else as ASCII JSON. */
function claimText(claim: unknown, header: string): Value {
  if (claim === undefined || claim === null) return null;
  const text = typeof claim === 'string' ? claim : asciiJson(claim);
  const plain = isFieldValue(text) && !/[\x80-\x9f]/.test(text) && text === text.trim();
  return plain ? text : refuse('data-invalid', `the value for ${header} does not fit a header`);
}

function dataValue({ from, header }: InjectData, expressions: number): Injection['value'] {
  if (from.kind === 'claim') return ({ claims }) => claimText(claims[from.claim], header);
  if (from.kind === 'header') return ({ asserted }) => claimText(asserted.get(from.header.toLowerCase()), header);
  const given = givenBy(from.expression, header, expressions);
  return identity => {
    const value = given(identity);
    return 'reason' in value ? value : claimText(value.json, header);
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

function where(paths: readonly string[] | null, preset: Preset): Pick<Injection, 'paths' | 'method'> {
  if (paths?.includes('/**')) return { paths: 'everywhere' };
  const named = new Set(paths ?? preset.paths);
  return preset.method === undefined ? { paths: named } : { paths: named, method: preset.method };
}

function named(part: keyof SecretHeaders, secret: SecretHeaders, header: string): Pick<Injection, 'header' | 'said'> {
  const name = secret[part];
  return name === null ? { header } : { header: name, said: `inject.${part}.headerFile` };
}

/** Compiles the injections: the user first, then data and mount, as the config and its preset say. */
export function compileInjections(
  config: Config,
  filePath: UserFilePath,
  secret: SecretHeaders = noSecretHeaders,
): readonly Injection[] {
  const preset = presets[config.hub.authenticator.preset];
  const { user, data, mount } = config.inject;
  const expressions = [...data, ...(mount === null ? [] : [mount])].filter(
    ({ from }) => from.kind === 'expression',
  ).length;
  const injections: Injection[] = [
    {
      ...named('user', secret, user?.header ?? preset.userHeader),
      ...where(user?.paths ?? null, preset),
      value: identity => wireName(identity.user, preset.nameEncoding) ?? notCarried,
    },
    ...data.map(entry => ({
      header: entry.header,
      ...where(entry.paths, preset),
      value: dataValue(entry, expressions),
    })),
  ];
  if (mount !== null) {
    injections.push({
      ...named('mount', secret, mount.header),
      ...where(mount.paths, preset),
      value: mountInjection(mount, { preset, filePath, expressions }),
    });
  }
  return injections;
}
