/** The names that `hub.authenticator` may have, and the releases that stand behind them (design 5). */

import { didYouMean } from './did-you-mean.ts';
import type { AuthenticatorConfig, PresetName } from './sections/hub.ts';
import { type Shape, shaped, text } from './shape.ts';

/** A release, and the preset for it. */
type Release = readonly [release: string, preset: PresetName];

/** By the name as it is written; the first release is meant where none is. */
const RELEASES: ReadonlyMap<string, readonly Release[]> = new Map<string, readonly Release[]>([
  ...one('jhub_remote_auth_mount.RemoteUserAuthenticator', '0.0.6'),
  ...one('jhub_remote_auth_mount.RemoteUserLocalAuthenticator', '0.0.6'),
  ...one('jhub_remote_auth_mount.MountRemoteUserAuthenticator', '0.0.6'),
  ...one('jhub_remote_login.DataRemoteUserAuthenticator', '0.2.10'),
  [
    'jhub_remote_login.RemoteUserAuthenticator',
    [
      ['0.2.119', 'jhub_remote_login.RemoteUserAuthenticator'],
      ['0.2.10', 'jhub_remote_login.RemoteUserAuthenticator@0.2.10'],
    ],
  ],
  ...one('jhub_remote_login.RemoteUserLocalAuthenticator', '0.2.10'),
  ...one('jhub_remote_login.DummyAuthenticator', '0.2.119'),
  ...one('jhubauthenticators.HeaderAuthenticator', '0.6.1'),
  // Named after the package; the class is importable by its module's name alone.
  ...one('jhub_authenticators.DataRemoteUserAuthenticator', '0.1.1', 'jhubauthenticators.DataRemoteUserAuthenticator'),
  ...one(
    'jhub_remote_user_authenticator.RemoteUserAuthenticator',
    '0.1.0',
    'jhub_remote_user_authenticator.remote_user_auth.RemoteUserAuthenticator',
  ),
]);

const PRESETS = new Set([...RELEASES.values()].flatMap(releases => releases.map(([, preset]) => preset)));

/** Every preset's name but `custom`. */
export const pluginNames: readonly string[] = [...PRESETS];

const EXPECTED = `one of ${[...pluginNames, 'custom'].join(', ')}`;

function one(preset: PresetName, release: string, alias?: string): readonly (readonly [string, readonly Release[]])[] {
  const releases: readonly Release[] = [[release, preset]];
  return alias === undefined
    ? [[preset, releases]]
    : [
        [preset, releases],
        [alias, releases],
      ];
}

function presetOf(name: string, release: string | null): PresetName | undefined {
  const releases = RELEASES.get(name) ?? [];
  return (release === null ? releases[0] : releases.find(([known]) => known === release))?.[1];
}

function split(written: string): { readonly name: string; readonly release: string | null } {
  const at = written.indexOf('@');
  return at < 0 ? { name: written, release: null } : { name: written.slice(0, at), release: written.slice(at + 1) };
}

function parse(written: string): AuthenticatorConfig {
  const { name, release } = split(written);
  return { preset: presetOf(name, release) ?? 'custom', release };
}

/** pip's name of a package, its module's, and the part of a preset's name before the dot differ in dashes alone. */
function packageOf(name: string): string {
  return name.replace(/\..*/, '').replace(/[-_]/g, '');
}

/** A package has several authenticators: none is more likely to be meant than the others. */
function unknownFault(name: string): string {
  const its = name.includes('.') ? [] : pluginNames.filter(known => packageOf(known) === packageOf(name));
  if (its.length > 0) return `is a package (it has ${its.join(', ')})`;
  const meant = didYouMean(name, [...RELEASES.keys(), 'custom']);
  return meant === null ? 'is not known' : `is not known (did you mean ${meant}?)`;
}

function fault(written: string): string | null {
  const { name, release } = split(written);
  if (release?.includes('@')) return 'has more than one @';
  if (name === 'custom') return release === null ? null : 'takes no release';
  const releases = RELEASES.get(name);
  if (releases === undefined) return unknownFault(name);
  const preset = presetOf(name, release);
  if (preset === undefined) return `names an unknown release (known: ${releases.map(([known]) => known).join(', ')})`;
  return null;
}

/** What `hub.authenticator` would be read as. */
export function readAuthenticator(written: string): { readonly preset: PresetName } | { readonly fault: string } {
  const said = fault(written);
  return said === null ? { preset: parse(written).preset } : { fault: said };
}

/** A preset's name, with `@release` or without. */
export function authenticator(): Shape<AuthenticatorConfig> {
  return shaped(text(EXPECTED, fault), parse);
}
