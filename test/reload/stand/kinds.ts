/** Every kind of file that a config names, and the config itself: bad content, ever new good content, and how it shows. */
import { randomUUID, X509Certificate } from 'node:crypto';
import { makeAuthority, makeCertificate, type TestCertificate } from '../../clients/certificates.ts';
import { labConfig, publicHost } from '../../gates/lab.ts';
import { jwksBytes, makeKey, publicJwk, publicPem, type SigningKey } from '../../identity/token-maker.ts';
import { type Issuer, issuers, jwtEntryOf, tokenOf } from './issuers.ts';
import type { Contents } from './placed-files.ts';
import type { Stand } from './stand.ts';
import { echo, openWebSocket, type Visitor } from './steady-load.ts';

/** New content, and what of it does not show once it is in force; '' when all of it does. */
export type Turn = { readonly contents: Contents; readonly fault: () => Promise<string> };

/** A kind of file. */
export type Kind = { readonly name: string; readonly bad: Contents; readonly next: () => Turn };

/** Keys whose tokens hold all the time. */
export type SteadyKeys = { readonly jwks: SigningKey; readonly pem: SigningKey };

/** Whom every second config keeps out. */
const sometimesDenied = 'guest';

/** A config that names all of them. */
export function configText(hubUrl: string, denied: readonly string[] = []): string {
  const tls = {
    certFile: 'gate.crt',
    keyFile: 'gate.key',
    clientCaFile: 'client-ca.crt',
    clientCertificate: 'request',
  };
  const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const config = labConfig(
    { url: hubUrl, authenticator, tls: { caFile: 'hub-ca.crt' } },
    {
      listen: [{ address: '127.0.0.1:0' }, { address: '127.0.0.1:0', tls }],
      jwt: Object.values(issuers).map(jwtEntryOf),
      user: { deny: { users: denied, groups: [] } },
      admin: { address: '127.0.0.1:0', tokenFile: 'admin-token' },
      revocation: { file: 'revoked' },
    },
  );
  return JSON.stringify(config, null, 1);
}

/** A JWK set. */
export const jwksText = (...keys: readonly SigningKey[]): string =>
  Buffer.from(jwksBytes(...keys.map(key => publicJwk(key)))).toString();

/** A secret's bytes; the newline is no part of it. */
export const secretBytes = ({ key }: SigningKey): Buffer => Buffer.concat([key.export(), Buffer.from('\n')]);

function differs(seen: unknown, wanted: unknown): string {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  return one === other ? '' : `${one} instead of ${other}`;
}

/** A new key in the place of the one before. */
function turningKeys(stand: Stand, issuer: Issuer, write: (turning: SigningKey) => Contents): Kind['next'] {
  let before: SigningKey | null = null;
  return () => {
    const [old, now] = [before, makeKey(issuer.algorithms[0], randomUUID())];
    before = now;
    const fault = async (): Promise<string> => {
      const status = (key: SigningKey): Promise<number> => stand.status(tokenOf(issuer, key, 'turner'));
      return differs([await status(now), old && (await status(old))], [200, old && 401]);
    };
    return { contents: write(now), fault };
  };
}

function config(stand: Stand, steady: SteadyKeys): Kind['next'] {
  const token = tokenOf(issuers.jwks, steady.jwks, sometimesDenied);
  let denied = false;
  return () => {
    denied = !denied;
    const wanted = denied ? 403 : 200;
    return {
      contents: { 'proxy.yaml': configText(stand.hub.url, denied ? [sometimesDenied] : []) },
      fault: async () => differs(await stand.status(token), wanted),
    };
  };
}

/** Another subject in the place of the one before. */
function revocations(stand: Stand, steady: SteadyKeys): Kind['next'] {
  let before: string | null = null;
  return () => {
    const [old, now] = [before, `user-${randomUUID()}`];
    before = now;
    const status = (user: string): Promise<number> => stand.status(tokenOf(issuers.jwks, steady.jwks, user));
    return {
      contents: { revoked: `# of now\nsub ${issuers.jwks.url} ${now}\n` },
      fault: async () => differs([await status(now), old && (await status(old))], [401, old && 200]),
    };
  };
}

function adminToken(stand: Stand): Kind['next'] {
  return () => {
    const [old = '', now] = [stand.adminTokens[0], randomUUID()];
    stand.adminTokens.unshift(now);
    const status = async (token: string): Promise<number> => (await stand.askAdmin(token)).status;
    return {
      contents: { 'admin-token': now },
      fault: async () => differs([await status(now), await status(old)], [200, 401]),
    };
  };
}

function listenerCertificate(stand: Stand): Turn {
  const { cert, key } = makeCertificate({ names: [publicHost, '127.0.0.1'], issuer: stand.authority });
  const wanted = { shown: new X509Certificate(cert).fingerprint256, answered: true };
  return { contents: { 'gate.crt': cert, 'gate.key': key }, fault: async () => differs(await stand.visit(), wanted) };
}

function clientAuthority(stand: Stand): Kind['next'] {
  let before: TestCertificate | null = null;
  const isLetIn = async (issuer: TestCertificate): Promise<boolean> =>
    (await stand.visit(makeCertificate({ names: ['client'], issuer }))).answered;
  return () => {
    const [old, now] = [before, makeAuthority(`clients ${randomUUID()}`)];
    before = now;
    return {
      contents: { 'client-ca.crt': now.cert },
      fault: async () => differs([await isLetIn(now), old && (await isLetIn(old))], [true, old && false]),
    };
  };
}

/** The next CA stands beside the one in use, which is what keeps a hub in service while its certificate changes. */
function hubAuthority(stand: Stand, steady: SteadyKeys, first: TestCertificate): Kind['next'] {
  let inUse = first;
  const { plain: port } = stand.ports;
  const visitor: Visitor = { user: 'visitor', token: tokenOf(issuers.pem, steady.pem, 'visitor'), entrance: { port } };
  return () => {
    const now = makeAuthority(`hub ${randomUUID()}`);
    const shown = makeCertificate({ issuer: now });
    const fault = async (): Promise<string> => {
      inUse = now;
      stand.hub.show(shown);
      // A WebSocket has a connection of its own, so it is the first to meet the certificate.
      const socket = await openWebSocket(visitor);
      const answer = await echo(socket, 'hello');
      socket.terminate();
      return differs(answer, 'hello');
    };
    return { contents: { 'hub-ca.crt': inUse.cert + now.cert }, fault };
  };
}

/** All kinds; `hubSigner` signs what the hub shows at first. */
export function kindsOf(stand: Stand, steady: SteadyKeys, hubSigner: TestCertificate): readonly Kind[] {
  const jwks = (turning: SigningKey): Contents => ({ 'keys.json': jwksText(steady.jwks, turning) });
  const pem = (turning: SigningKey): Contents => ({ 'keys.pem': publicPem(steady.pem) + publicPem(turning) });
  const secret = (turning: SigningKey): Contents => ({ secret: secretBytes(turning) });
  return [
    { name: 'the config', bad: { 'proxy.yaml': 'colour: red\n' }, next: config(stand, steady) },
    { name: 'a JWKS', bad: { 'keys.json': 'no key set' }, next: turningKeys(stand, issuers.jwks, jwks) },
    { name: 'public keys (PEM)', bad: { 'keys.pem': 'no PEM' }, next: turningKeys(stand, issuers.pem, pem) },
    { name: 'a secret', bad: { secret: 'short' }, next: turningKeys(stand, issuers.secret, secret) },
    { name: 'the revocation list', bad: { revoked: 'user\n' }, next: revocations(stand, steady) },
    { name: "admin's token", bad: { 'admin-token': '\n' }, next: adminToken(stand) },
    { name: "the listener's key", bad: { 'gate.key': makeCertificate().key }, next: () => listenerCertificate(stand) },
    { name: "the clients' CA", bad: { 'client-ca.crt': 'no CA' }, next: clientAuthority(stand) },
    { name: "the hub's CA", bad: { 'hub-ca.crt': 'no CA' }, next: hubAuthority(stand, steady, hubSigner) },
  ];
}
