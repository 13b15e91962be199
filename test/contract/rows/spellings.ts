/** Reserved names in the spellings that servers have read as the canonical ones (H1, H2, H6, H10, H14). */
import type { RequestRow } from '../row.ts';
import { asAlice, atHub, handshake, handshakeAtHub } from './lines.ts';

const spoofed = [
  'Remote-User',
  'remote-user',
  'ReMoTe-uSeR',
  'Remote_User',
  'Remote_user',
  'REMOTE_USER',
  'Remote.User',
  'remote!user',
  'Remote~User',
  'Remote^User',
  "Remote'User",
  'HTTP_REMOTE_USER',
  'Http-Remote-User',
  'Remote-Groups',
  'Remote_Email',
  'Remote-Name',
  'X-Remote-User',
  'X_Remote_User',
  'X-Remote-Group',
  'Mount',
  'MOUNT',
  'HTTP_MOUNT',
  'X-Hubgate-User',
  'X_Hubgate_Request',
  'X_Forwarded_User',
  'X_Forwarded_Proto',
  'X-Forwarded.Host',
  'x_real_ip',
  'X_Scheme',
  'X-Auth-Request_User',
  'X_Auth_Request_Preferred_Username',
  'X-Amzn_Oidc_Data',
  'OIDC_CLAIM_sub',
  'username',
  'Username',
  'token',
  'TOKEN',
  'Proxy',
  'proxy',
];

const expectedOfProxies = [
  'X-Forwarded-User',
  'X-Forwarded-Access-Token',
  'X-Forwarded-Prefix',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Port',
  'X-Forwarded-Server',
  'X-Forwarded-Uri',
  'X-Real-Ip',
  'X-Scheme',
  'Forwarded',
  'X-Client-Ip',
  'True-Client-Ip',
  'X-Cluster-Client-Ip',
  'Cf-Connecting-Ip',
  'Fastly-Client-Ip',
  'Wl-Proxy-Client-Ip',
  'X-Original-Host',
  'X-Original-Forwarded-For',
];

/** Ordinary from the sign-in proxy alone. */
const expectedOfSignIn = [
  'X-Auth-Request-User',
  'X-Auth-Request-Access-Token',
  'X-Authentik-Username',
  'X-Pomerium-Jwt-Assertion',
  'X-Amzn-Oidc-Identity',
  'X-Goog-Iap-Jwt-Assertion',
  'X-Goog-Authenticated-User-Email',
  'Cf-Access-Jwt-Assertion',
  'Oidc-Claim-Email',
  'Shib-Session-Id',
  'X-Vouch-User',
  'X-Webauth-User',
  'X-Ms-Client-Principal-Name',
  'X-Ms-Token-Aad-Access-Token',
  'Tailscale-User-Login',
  'X-Apisix-User',
  'X-Jwt-Payload',
  'X-Userinfo',
  'X-Authenticated-Userid',
  'X-Anonymous-Consumer',
  'X-Credential-Identifier',
  'Kubeflow-Userid',
  'X-Id-Token',
  'X-Access-Token',
  'X-Credential-Username',
  'X-Consumer-Username',
];

function folded(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '-').toLowerCase();
}

/** On a server's path, where fields that nobody knows pass. */
const onServers = [...spoofed, ...expectedOfProxies, ...expectedOfSignIn].map(
  (name): RequestRow => ({
    title: `takes ${name} off on a server's path (H1, H2)`,
    head: asAlice('GET /user/alice/lab', `${name}: root`),
    expect: { forward: atHub('GET /user/alice/lab') },
    spoofed: expectedOfProxies.includes(name) ? [] : [folded(name)],
  }),
);

/** On the login, where the identity is read. */
const onLogin = spoofed.map(
  (name): RequestRow => ({
    title: `writes the one Remote-User whatever ${name} says (H1, H2)`,
    head: asAlice('GET /hub/login', `${name}: root`, `${name}: toor`),
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
    spoofed: [folded(name)],
  }),
);

/** On a WebSocket upgrade. */
const onSockets = ['Remote-User', 'REMOTE_USER', 'Remote.User', 'Mount', 'X_Forwarded_User', 'token'].map(
  (name): RequestRow => ({
    title: `takes ${name} off a WebSocket upgrade (H2)`,
    head: asAlice('GET /user/alice/api/kernels/k/channels', `${name}: root`, ...handshake, `${name}: toor`),
    expect: { forward: atHub('GET /user/alice/api/kernels/k/channels', handshakeAtHub), protocol: 'websocket' },
    spoofed: [folded(name)],
  }),
);

const refused = ['Remote-User', 'Remote_User', 'X_Forwarded_Proto', 'Mount', 'token', 'Proxy', 'X-Hubgate-Id'].map(
  (name): RequestRow => ({
    title: `refuses ${name} under onSpoof: refuse (H2)`,
    config: 'strict',
    head: asAlice('GET /user/alice/lab', `${name}: root`),
    expect: { refuse: 'header-spoofed', status: 400 },
  }),
);

const fromSignIn = expectedOfSignIn.map(
  (name): RequestRow => ({
    title: `takes ${name} for the sign-in proxy's ordinary word under onSpoof: refuse`,
    config: 'strict',
    peer: '127.0.0.3',
    head: asAlice('GET /user/alice/lab', `${name}: root`),
    expect: { forward: ['GET /user/alice/lab', 'Host: hub.example', '{forwarding 127.0.0.3}'] },
    spoofed: [],
  }),
);

const ordinary = ['X-Forwarded-Proto', 'X-Forwarded-User', 'Forwarded', 'X-Real-IP'].map(
  (name): RequestRow => ({
    title: `takes ${name} for the proxy's ordinary word under onSpoof: refuse`,
    config: 'strict',
    head: asAlice('GET /user/alice/lab', `${name}: root`),
    expect: { forward: atHub('GET /user/alice/lab') },
  }),
);

/** Rows on reserved names. */
export const spellingRows: readonly RequestRow[] = [
  ...onServers,
  ...onLogin,
  ...onSockets,
  ...refused,
  ...fromSignIn,
  ...ordinary,
  {
    title: "refuses the sign-in proxy's header from another trusted proxy, under onSpoof: refuse",
    config: 'strict',
    head: asAlice('GET /hub/home', 'X-Auth-Request-Preferred-Username: root'),
    expect: { refuse: 'header-spoofed', status: 400 },
  },
  {
    title: 'refuses an SSO header where no sign-in proxy is configured, under onSpoof: refuse',
    config: 'tokensOnly',
    head: asAlice('GET /hub/home', 'X-Auth-Request-User: root'),
    expect: { refuse: 'header-spoofed', status: 400 },
  },
  {
    title: "takes the header of a custom policy off in every spelling, and writes the gate's",
    config: 'custom',
    head: asAlice('GET /hub/login', 'X_Lab_User: root', 'x-lab-user: root', 'HTTP_X_LAB_USER: root'),
    expect: { forward: atHub('GET /hub/login', [], ['X-Lab-User: alice']) },
    spoofed: ['x-lab-user', 'http-x-lab-user'],
  },
  {
    title: 'takes data and mount headers off on a path that does not read them (H4)',
    config: 'header',
    head: asAlice('GET /user/alice/lab', 'State: root', 'x_team: root', 'COURSE: root', 'mount: {}'),
    expect: { forward: atHub('GET /user/alice/lab') },
    spoofed: ['state', 'x-team', 'course', 'mount'],
  },
];
