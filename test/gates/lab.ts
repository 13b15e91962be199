/** What a gate under test needs on disk, and the issuer whose tokens it takes. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putAside, spellingsOf } from '../clients/nothing-leaked.ts';
import { jwksBytes, makeKey, mintToken, publicJwk, type SigningKey } from '../identity/token-maker.ts';

/** As much of tap's test as is needed here. */
export type Teardown = { teardown(run: () => void | Promise<void>): unknown };

/** A folder with keys, and who signs with them. */
export type Lab = {
  readonly folder: string;
  /** Everything made here that no log may show; tests add theirs. */
  readonly secrets: Set<string>;
  /** A token for that user, valid for an hour; `claims` adds or replaces. */
  readonly token: (user: string, claims?: Readonly<Record<string, unknown>>, key?: SigningKey) => string;
  /** Writes a file in the folder, whole at once, and gives its path; what is no text becomes JSON, which is YAML too. */
  readonly write: (name: string, content: unknown) => string;
};

/** What browsers call the gate: no port, so that none has to be known before it listens. */
export const publicHost = 'hub.test';

/** `iss` of the lab's tokens. */
const labIssuer = 'https://issuer.test/lab';

/** The sign-in proxy's header; tests stand on loopback, as it does. */
export const assertedUserHeader = 'X-Lab-User';

const lifetimeSeconds = 3600;

/** A fresh lab with `keys.json`, the public half of an RS256 key; the test's end removes it. */
export function makeLab(t: Teardown): Lab {
  const folder = mkdtempSync(join(tmpdir(), 'gate-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
    putAside('', spellingsOf(secrets));
  });
  const labKey = makeKey('RS256');
  const secrets = new Set<string>();
  const write: Lab['write'] = (name, content) => {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
    renameSync(`${path}.new`, path);
    return path;
  };
  write('keys.json', Buffer.from(jwksBytes(publicJwk(labKey))).toString());
  return {
    folder,
    secrets,
    write,
    token(user, claims = {}, key = labKey) {
      const now = Math.floor(Date.now() / 1000);
      const own = { iss: labIssuer, aud: 'jupyterhub', preferred_username: user, iat: now, exp: now + lifetimeSeconds };
      const token = mintToken(key, { ...own, ...claims });
      secrets.add(token);
      return token;
    },
  };
}

/** A config as the file has it. */
export type WrittenConfig = Readonly<Record<string, unknown>>;

/** The lab's issuer in the config, with other keys if need be. */
export function jwtEntry(keys: WrittenConfig = { jwksFile: 'keys.json' }, algorithms: readonly string[] = ['RS256']) {
  return {
    issuer: { url: labIssuer, audiences: ['jupyterhub'] },
    namespace: 'lab',
    keys,
    algorithms,
    claimMappings: { username: { claim: 'preferred_username', prefix: '' } },
  };
}

/** A gate in front of `hub`, for tokens of the lab and users asserted on loopback; `more` adds or replaces top-level keys. */
export function labConfig(hub: WrittenConfig, more: WrittenConfig = {}): WrittenConfig {
  return {
    publicUrl: `http://${publicHost}`,
    listen: [{ address: '127.0.0.1:0' }],
    hub,
    trust: { proxies: ['127.0.0.1/32'] },
    jwt: [jwtEntry()],
    sso: [
      {
        name: 'sign-in',
        namespace: 'lab',
        proxies: ['127.0.0.1/32'],
        headers: { username: assertedUserHeader, state: 'X-Lab-State' },
        dangerouslyTrustAddressOnly: true,
      },
    ],
    ...more,
  };
}
