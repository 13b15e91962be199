/** A desk with an issuer's keys, a config that trusts it, and its tokens at a fixed time. */
import type { Teardown } from '../gates/lab.ts';
import { jwksBytes, makeKey, mintToken, publicJwk, type SigningKey } from '../identity/token-maker.ts';
import { type Desk, makeDesk } from './run-command.ts';

/** The time at which commands judge. */
export const now = '2030-01-01T00:00:00Z';

const seconds = Date.parse(now) / 1000;

/** An issuer's desk. */
export interface IssuerDesk extends Desk {
  readonly key: SigningKey;
  /** A token that holds for an hour; `claims` adds or replaces, undefined takes out. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
    key?: SigningKey,
  ): string;
}

/** What the gate believes; keys that are not given stand as here. */
const configText: Readonly<Record<string, string>> = {
  publicUrl: 'https://hub.example.org',
  listen: '[{ address: 127.0.0.1:0 }]',
  hub: '{ url: http://127.0.0.1:9, authenticator: jhubauthenticators.HeaderAuthenticator, apiTokens: refuse }',
  trust: '{ proxies: [10.42.0.0/16] }',
  public: "['/hub/static/**']",
  jwt: `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksFile: keys.json }
    algorithms: [ES256]
    claimValidationRules: [{ claim: hd, requiredValue: example.org }]
    claimMappings:
      username: { claim: preferred_username, prefix: '' }`,
  sso: `
  - name: sign-in
    namespace: lab
    proxies: [10.42.0.7/32]
    headers: { username: X-Auth-Request-Preferred-Username }`,
  user: `
  map: { 'ada@example.org': ada }
  allow: { users: [alice, ada], groups: [lab] }
  deny: { users: [mallory] }`,
  inject: `
  mount: { from: { file: 'mounts-{user}.json' } }
  data: { State: { claim: state } }`,
};

/** The config with some keys written otherwise. */
export function config(changes: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...configText, ...changes })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

/** The private key that the mount of alice holds. */
export const mountKey = '-----BEGIN KEY-----\nTOP+SECRET/KEY\n-----END KEY-----\n';

/** With `proxy.yaml`, `keys.json`, and a mount for alice. */
export function makeIssuerDesk(t: Teardown): IssuerDesk {
  const desk = makeDesk(t);
  const key = makeKey('ES256', 'k');
  desk.write('keys.json', jwksBytes(publicJwk(key)));
  desk.write('proxy.yaml', config());
  const mount = { HOST: 'files.example', USERNAME: 'alice', PATH: '/home/alice', MOUNTSSHPRIVATEKEY: mountKey };
  desk.write('mounts-alice.json', JSON.stringify(mount));
  return {
    ...desk,
    key,
    token(claims = {}, header = {}, by = key) {
      const usual = {
        iss: 'https://sso.example.org',
        aud: 'jupyterhub',
        hd: 'example.org',
        preferred_username: 'alice',
      };
      return mintToken(by, { ...usual, iat: seconds - 60, exp: seconds + 3600, ...claims }, header);
    },
  };
}
