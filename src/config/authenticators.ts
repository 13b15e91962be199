/** The names that `hub.authenticator` may have, and the releases that stand behind them (design 5). */
import type { AuthenticatorConfig, PresetName } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import { NOT_AVAILABLE, type Shape, shaped, text } from './shape.ts';

const AVAILABLE: ReadonlyMap<PresetName, readonly string[]> = new Map([
  ['jhub_remote_auth_mount.RemoteUserAuthenticator', ['0.0.6']],
  ['jhub_remote_auth_mount.RemoteUserLocalAuthenticator', ['0.0.6']],
  ['jhubauthenticators.HeaderAuthenticator', ['0.6.1']],
  ['jhub_remote_user_authenticator.RemoteUserAuthenticator', ['0.1.0']],
  ['custom', []],
]);
const LATER: ReadonlyMap<string, readonly string[]> = new Map([
  ['jhub_remote_auth_mount.MountRemoteUserAuthenticator', ['0.0.6']],
  ['jhub_remote_login.DataRemoteUserAuthenticator', ['0.2.10']],
  ['jhub_remote_login.RemoteUserAuthenticator', ['0.2.10', '0.2.119']],
  ['jhub_remote_login.RemoteUserLocalAuthenticator', ['0.2.10']],
  ['jhub_remote_login.DummyAuthenticator', ['0.2.119']],
  ['jhub_authenticators.DataRemoteUserAuthenticator', ['0.1.1']],
]);
const EXPECTED = `one of ${[...AVAILABLE.keys()].join(', ')}`;

function parse(written: string): AuthenticatorConfig {
  const at = written.indexOf('@');
  const name = at < 0 ? written : written.slice(0, at);
  const preset = [...AVAILABLE.keys()].find(known => known === name) ?? 'custom';
  return { preset, release: at < 0 ? null : written.slice(at + 1) };
}

function releaseFault(releases: readonly string[], release: string | undefined): string | null {
  if (release === undefined || releases.includes(release)) return null;
  return releases.length === 0 ? 'takes no release' : `names an unknown release (known: ${releases.join(', ')})`;
}

function fault(written: string): string | null {
  const [name = '', release, ...more] = written.split('@');
  if (more.length > 0) return 'has more than one @';
  const available = [...AVAILABLE].find(([known]) => known === name)?.[1];
  if (available !== undefined) return releaseFault(available, release);
  const planned = LATER.get(name);
  if (planned !== undefined) return releaseFault(planned, release) ?? NOT_AVAILABLE;
  const meant = didYouMean(name, [...AVAILABLE.keys(), ...LATER.keys()]);
  return meant === null ? 'is not known' : `is not known (did you mean ${meant}?)`;
}

/** A preset's name, with `@release` or without. */
export function authenticator(): Shape<AuthenticatorConfig> {
  return shaped(text(EXPECTED, fault), parse);
}
