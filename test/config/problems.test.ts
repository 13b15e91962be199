import { test } from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { written } from './written.ts';

const AVAILABLE_PRESETS =
  'jhub_remote_auth_mount.RemoteUserAuthenticator, jhub_remote_auth_mount.RemoteUserLocalAuthenticator, ' +
  'jhub_remote_auth_mount.MountRemoteUserAuthenticator, jhub_remote_login.DataRemoteUserAuthenticator, ' +
  'jhub_remote_login.RemoteUserAuthenticator, jhub_remote_login.RemoteUserAuthenticator@0.2.10, ' +
  'jhub_remote_login.RemoteUserLocalAuthenticator, ' +
  'jhub_remote_login.DummyAuthenticator, jhubauthenticators.HeaderAuthenticator, ' +
  'jhub_authenticators.DataRemoteUserAuthenticator, jhub_remote_user_authenticator.RemoteUserAuthenticator, custom';
const ENV = { HOST: 'hub.example.org', SECRET: 's3cret-value', QUOTED: 'a"s3cret', NUMBER: '7' };

function problemsOf(text: string, env = ENV): string[] {
  const result = parseConfig(text, 'f', env);
  return result.ok ? [] : result.problems.map(formatProblem);
}

type Row = readonly [rule: string, keys: Record<string, string>, ...problems: string[]];

const NO_EGRESS =
  "names an egress selector of Kubernetes' API server, which the gate has none of, expected no such line: take it out, and let the gate reach where keys are fetched by itself";
const issuer = (rest: string): string => `[{ issuer: { url: i, audiences: [a] }, ${rest} }]`;
const sso = (rest: string): string =>
  `[{ name: p, proxies: [10.0.0.1], headers: { username: X-U }, namespace: n${rest} }]`;
const variable = (before: string, name: string): string => `${before}$\{${name}}`;
const KEYS_EXPECTED = 'expected one of discovery, jwksUrl, jwksFile, pemFile, secretFile or alb';
const NO_DOCUMENT =
  'is no URL below which a discovery document can be, expected one, a discoveryURL, or a source in keys';
const PLAIN_DOCUMENT =
  'is plain http, and so is discovery, expected an https URL, a loopback address, or keys.dangerouslyAllowHttp: true';
const balancer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
const endpoint = (rest: string, url = 'https://e'): string =>
  `[{ url: '${url}', clientId: c, clientSecretFile: s, ${rest} }]`;
const PLAIN_HTTP = 'is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true';
const BEYOND_ASCII = 'has characters beyond ASCII and so never matches, expected ASCII (user.unicode is false)';
const ORIGIN_EXPECTED = 'expected an origin such as https://hub.example.org, without path, query or user';
const CIDR_EXPECTED = 'expected a CIDR such as 10.42.0.7/32 or fd00::/8';
const LISTEN_EXPECTED = 'expected host:port, [IPv6]:port or unix:/path';
const HUB_URL_EXPECTED = 'expected http://host:port, https://host:port or unix:/path';
const OWN_HEADER = 'expected a header name of its own such as Remote-User';
const NAMESPACE_EXPECTED = 'or the same namespace in both where they have the same users';
const prefixOfItsOwn = (key: string, other: string): string =>
  `can give a name that ${other} gives another user, expected a ${key} of its own, whatever its capitals, ${NAMESPACE_EXPECTED}`;
const jwtNamesMeet = (other: string): string => prefixOfItsOwn('claimMappings.username.prefix', other);
const ssoNamesMeet = (other: string): string => prefixOfItsOwn('prefix', other);
const ADDRESS_ONLY = 'expected require or dangerouslyTrustAddressOnly: true';
const PASSED_HEADER = 'expected the name of a header that a client may speak';
const ROOT_KEYS =
  'publicUrl, publicAliases, userHosts, listen, health, admin, hub, trust, public, jwt, sso, introspection, revocation, exchange, user, inject, session, limits, webSocket, log, store, decide, mode, tracing, workers';
const PATH_EXPECTED = 'expected an exact path such as /hub/login, or one that ends with /**';

// One key a line: publicUrl 1, listen 2, hub 3, trust 4, jwt 5, then the others from 6.
const rows: readonly Row[] = [
  ['publicUrl has no path', { publicUrl: 'https://a.b/x' }, `f:1:12 publicUrl: has a path, ${ORIGIN_EXPECTED}`],
  [
    'publicUrl has no query',
    { publicUrl: 'https://a.b?x' },
    `f:1:12 publicUrl: has a query or fragment, ${ORIGIN_EXPECTED}`,
  ],
  ['publicUrl has no user', { publicUrl: 'https://u@a.b' }, `f:1:12 publicUrl: names a user, ${ORIGIN_EXPECTED}`],
  [
    'publicUrl is http or https',
    { publicUrl: 'ftp://a.b' },
    `f:1:12 publicUrl: does not begin with https:// or http://, ${ORIGIN_EXPECTED}`,
  ],
  ['publicUrl is a URL', { publicUrl: 'https://a.b:99999' }, `f:1:12 publicUrl: is no URL, ${ORIGIN_EXPECTED}`],
  ['publicUrl is a text', { publicUrl: '5' }, `f:1:12 publicUrl: is a number, ${ORIGIN_EXPECTED}`],
  ['a key without value is said at the key', { publicUrl: '' }, `f:1:1 publicUrl: has no value, ${ORIGIN_EXPECTED}`],
  ['required keys are missing at the root', { trust: '-' }, 'f:1:1 trust: missing, expected a map'],
  [
    'servers are led to the hub itself',
    { listen: "[{ address: 'a:1', for: servers }]" },
    "f:2:33 listen[0].for: is for servers, expected hub.internalUrl beside it: the hub's own port, where its API is",
  ],
  [
    'minted tokens in the clear',
    {
      hub: "{ url: 'http://hub', internalUrl: 'http://hub:8081', authenticator: custom, tokenFile: t }",
      inject: '{ user: {} }',
    },
    'f:3:13 hub.url: is plain http off loopback, and hub.tokenFile has tokens go there, expected https, a hub on loopback, or dangerouslyPlainHub: true',
    'f:3:40 hub.internalUrl: is plain http off loopback, and hub.tokenFile has tokens go there, expected https, a hub on loopback, or dangerouslyPlainHub: true',
  ],
  ['a short life', { exchange: '{ lifetime: 9s }' }, 'f:6:23 exchange.lifetime: is too small, expected 10s or more'],
  [
    'scopes are texts',
    { exchange: "{ scopes: ['a b'] }" },
    'f:6:22 exchange.scopes[0]: has a character that no scope has, expected a scope such as read:users!user',
  ],
  ...['hub.example.org', '*hub.example.org', '*.', '*.hub.example.org/', '*.*.example.org', '*.10.0.0.1', '*.a:0'].map(
    (hosts): [string, Record<string, string>, string] => [
      `users' hosts are ${hosts}`,
      { userHosts: `'${hosts}'` },
      `f:6:12 userHosts: ${hosts === '*.10.0.0.1' ? 'is no host' : 'is no * with a host behind it'}, expected * and a host, such as *.hub.example.org or *.hub.example.org:8443`,
    ],
  ),
  [
    'a frame over plain http, and of nobody',
    { publicUrl: 'http://localhost:8000', session: '{ keyFiles: [k], embed: true }' },
    'f:6:34 session.embed: is true over plain http, expected an https publicUrl: browsers keep no such cookie',
    'f:6:34 session.embed: is true for no site, expected the sites that show the hub in session.handoff.origins',
  ],
  [
    "nothing else is on users' hosts",
    {
      userHosts: "'*.example.org'",
      publicUrl: 'https://hub.example.org',
      publicAliases: '[alias.example.org:8080, deep.alias.example.org]',
      session: '{ keyFiles: [k], handoff: { origins: [https://www.example.org] } }',
    },
    "f:1:12 publicUrl: is one of userHosts, where users' code runs, expected another host",
    "f:7:17 publicAliases[0]: is one of userHosts, where users' code runs, expected another host",
    "f:8:48 session.handoff.origins[0]: is one of userHosts, where users' code runs, expected another host",
  ],
  ['some listener', { listen: '[]' }, 'f:2:1 listen: is empty, expected a list with one listener or more'],
  [
    'listen wants a port',
    { listen: '[{ address: 0.0.0.0 }]' },
    `f:2:21 listen[0].address: has no valid port, ${LISTEN_EXPECTED}`,
  ],
  [
    'ports end at 65535',
    { listen: "[{ address: 'a:65536' }]" },
    `f:2:21 listen[0].address: has no valid port, ${LISTEN_EXPECTED}`,
  ],
  [
    'ports have no leading zero',
    { listen: "[{ address: 'a:080' }]" },
    `f:2:21 listen[0].address: has no valid port, ${LISTEN_EXPECTED}`,
  ],
  [
    'a port alone is no address',
    { listen: "[{ address: ':8080' }]" },
    `f:2:21 listen[0].address: has no host before the port (0.0.0.0 is every IPv4 address), ${LISTEN_EXPECTED}`,
  ],
  [
    'IPv4 is four-part decimal',
    { listen: "[{ address: '127.1:80' }]" },
    `f:2:21 listen[0].address: has no valid host, ${LISTEN_EXPECTED}`,
  ],
  [
    'IPv6 has no zone',
    { listen: "[{ address: '[fe80::1%eth0]:80' }]" },
    `f:2:21 listen[0].address: has no valid host, ${LISTEN_EXPECTED}`,
  ],
  [
    'sockets have an absolute path',
    { listen: "[{ address: 'unix:x' }]" },
    `f:2:21 listen[0].address: has no absolute path after unix:, ${LISTEN_EXPECTED}`,
  ],
  [
    'one listener an address',
    { listen: "[{ address: 'a:80' }, { address: 'A:80' }]" },
    'f:2:42 listen[1].address: is the address of another listener too, expected another',
  ],
  [
    'admin off loopback has a token',
    { admin: "{ address: '0.0.0.0:9090' }" },
    'f:6:19 admin.address: is off loopback, expected admin.tokenFile beside it, or a loopback address',
  ],
  [
    'hub.url has no path',
    { hub: '{ url: http://h/x, authenticator: custom }' },
    'f:1:1 inject.user: missing, expected the identity header (hub.authenticator is custom)',
    `f:3:13 hub.url: has a path (that is hub.baseUrl), ${HUB_URL_EXPECTED}`,
  ],
  [
    'an https hub.url has no path either',
    { hub: '{ url: https://h/x, authenticator: jhubauthenticators.HeaderAuthenticator }' },
    `f:3:13 hub.url: has a path (that is hub.baseUrl), ${HUB_URL_EXPECTED}`,
  ],
  [
    'hub.tls is for https',
    { 'hub.tls': '{ caFile: c }' },
    'f:3:107 hub.tls: has no use with a plain hub, expected an https hub.url',
  ],
  [
    'hub.tls is not for Unix sockets',
    { hub: '{ url: unix:/h, authenticator: jhubauthenticators.HeaderAuthenticator, tls: {} }' },
    'f:3:77 hub.tls: has no use with a plain hub, expected an https hub.url',
  ],
  [
    "the gate's own certificate has its key (hub.tls)",
    { hub: '{ url: https://h, authenticator: jhubauthenticators.HeaderAuthenticator, tls: { certFile: c } }' },
    'f:3:96 hub.tls.certFile: needs its key, expected keyFile beside it',
  ],
  [
    "the gate's own key has its certificate (hub.tls)",
    { hub: '{ url: https://h, authenticator: jhubauthenticators.HeaderAuthenticator, tls: { keyFile: k } }' },
    'f:3:95 hub.tls.keyFile: needs its certificate, expected certFile beside it',
  ],
  [
    'hub.tls.serverName is a name, which alone goes into SNI (RFC 6066 §3)',
    {
      hub: "{ url: https://h, authenticator: jhubauthenticators.HeaderAuthenticator, tls: { serverName: '10.0.0.1' } }",
    },
    'f:3:98 hub.tls.serverName: is an address, expected a host name such as hub.example.org',
  ],
  [
    'listen[].tls has a certificate and its key',
    { listen: "[{ address: 'a:1', tls: { clientCaFile: c } }]" },
    'f:2:28 listen[0].tls.certFile: missing, expected the path of a file',
    'f:2:28 listen[0].tls.keyFile: missing, expected the path of a file',
  ],
  [
    'client certificates need to be signed by somebody who is named',
    {
      listen:
        "[{ address: 'a:1', tls: { certFile: c, keyFile: k, clientCertificate: request } }, { address: 'a:2', tls: { certFile: c, keyFile: k, clientCertificate: maybe } }]",
    },
    'f:2:79 listen[0].tls.clientCertificate: needs to know who signs them, expected clientCaFile beside it, or none',
    'f:2:161 listen[1].tls.clientCertificate: is not known, expected none or request or require',
  ],
  [
    'the hub is no listener of the gate',
    { listen: "[{ address: 'a:1' }, { address: '0.0.0.0:8000' }]" },
    "f:3:13 hub.url: is the gate's own listen[1].address, which is a loop, expected the hub's public proxy",
  ],
  [
    'the hub is not the health door, by any name of this machine',
    { health: "{ address: '[::1]:8000' }", 'hub.url': 'http://LOCALHOST:8000' },
    "f:3:84 hub.url: is the gate's own health.address, which is a loop, expected the hub's public proxy",
  ],
  [
    'the hub is not the admin door, by Unix socket',
    { admin: "{ address: 'unix:/run/a' }", 'hub.url': 'unix:/run/a' },
    "f:3:84 hub.url: is the gate's own admin.address, which is a loop, expected the hub's public proxy",
  ],
  [
    'another address of this machine is no loop',
    { listen: "[{ address: '127.0.0.2:8000' }, { address: '0.0.0.0:8001' }, { address: 'hub:8000' }]" },
  ],
  [
    'baseUrl ends with /',
    { hub: '{ baseUrl: /x }' },
    'f:3:1 hub.url: missing, expected http://host:port, https://host:port or unix:/path',
    `f:3:1 hub.authenticator: missing, expected one of ${AVAILABLE_PRESETS}`,
    'f:3:17 hub.baseUrl: does not end with /, expected a path that begins and ends with /',
  ],
  [
    'baseUrl has no dot segments',
    { 'hub.baseUrl': '/x/%2E./' },
    'f:3:116 hub.baseUrl: has a dot segment, expected a path that begins and ends with /',
  ],
  [
    'presets are suggested',
    { 'hub.authenticator': 'jhubauthenticator.HeaderAuthenticator' },
    `f:3:51 hub.authenticator: is not known (did you mean jhubauthenticators.HeaderAuthenticator?), expected one of ${AVAILABLE_PRESETS}`,
  ],
  [
    'a package is none of its authenticators',
    { 'hub.authenticator': 'jhub_remote_user_authenticator' },
    `f:3:51 hub.authenticator: is a package (it has jhub_remote_user_authenticator.RemoteUserAuthenticator), expected one of ${AVAILABLE_PRESETS}`,
  ],
  [
    'a package as pip has it',
    { 'hub.authenticator': 'jhub-authenticators' },
    `f:3:51 hub.authenticator: is a package (it has jhubauthenticators.HeaderAuthenticator, jhub_authenticators.DataRemoteUserAuthenticator), expected one of ${AVAILABLE_PRESETS}`,
  ],
  [
    'a plugin that reads tokens of the hub',
    { 'hub.authenticator': 'jhub_remote_login.RemoteUserAuthenticator@0.2.119' },
    'f:3:51 hub.authenticator: reads a token of the hub with each login, expected hub.tokenFile beside it, for the gate to mint them',
  ],
  [
    'releases are known ones',
    { 'hub.authenticator': 'jhubauthenticators.HeaderAuthenticator@9' },
    `f:3:51 hub.authenticator: names an unknown release (known: 0.6.1), expected one of ${AVAILABLE_PRESETS}`,
  ],
  [
    'work-arounds are known ones, and suggested',
    { 'hub.skipWorkarounds': '[CVE-2026-54338, CVE-2026-40846, GHSA-m68r-v472-jgq9]' },
    'f:3:141 hub.skipWorkarounds[1]: is not known, expected CVE-2020-36191 or CVE-2024-28233 or CVE-2026-40864 or CVE-2026-54338; did you mean CVE-2026-40864',
    'f:3:157 hub.skipWorkarounds[2]: is not known, expected CVE-2020-36191 or CVE-2024-28233 or CVE-2026-40864 or CVE-2026-54338',
  ],
  [
    'extra headers are not reserved',
    { 'hub.extraHeaders': '[X_Forwarded_User, Remote-User, Cookie, DPoP]' },
    `f:3:122 hub.extraHeaders[0]: is reserved for the gate, ${PASSED_HEADER}`,
    `f:3:140 hub.extraHeaders[1]: is reserved for the gate, ${PASSED_HEADER}`,
    `f:3:153 hub.extraHeaders[2]: is a field of framing, routing or credentials, ${PASSED_HEADER}`,
    `f:3:161 hub.extraHeaders[3]: is a field of framing, routing or credentials, ${PASSED_HEADER}`,
  ],
  [
    'extra headers are not injected ones',
    { 'hub.extraHeaders': '[x_state]', inject: '{ data: { X-State: { claim: s } } }' },
    'f:3:122 hub.extraHeaders[0]: is a header of inject, sso or a carrier of jwt, expected one that a client may speak',
  ],
  [
    'carriers are one or more',
    { jwt: issuer('keys: { jwksFile: k }, carriers: []') },
    'f:5:68 jwt[0].carriers: is empty, expected a list with one carrier or more',
  ],
  [
    'a carrier is one place',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{ header: X-T, cookie: c }]') },
    'f:5:102 jwt[0].carriers[0].cookie: stands beside header, expected one of header, cookie, webSocketProtocol',
  ],
  [
    'a carrier is some place',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{}]') },
    'f:5:79 jwt[0].carriers[0]: names no carrier, expected one of header, cookie, webSocketProtocol',
  ],
  [
    'a scheme belongs to a header',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{ cookie: c, scheme: Bearer }]') },
    'f:5:100 jwt[0].carriers[0].scheme: stands beside no header, expected it with header alone',
  ],
  [
    'Authorization has a scheme',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{ header: authorization }]') },
    'f:5:79 jwt[0].carriers[0]: has no scheme, expected one such as Bearer with Authorization',
  ],
  [
    'DPoP is no scheme of its own',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{ header: Authorization, scheme: DPoP }]') },
    'f:5:112 jwt[0].carriers[0].scheme: is for bound tokens, which Bearer takes in as well, expected an authentication scheme such as Bearer',
  ],
  [
    'a scheme is a token',
    { jwt: issuer('keys: { jwksFile: k }, carriers: [{ header: X-T, scheme: a b }]') },
    'f:5:102 jwt[0].carriers[0].scheme: is no authentication scheme, expected an authentication scheme such as Bearer',
  ],
  [
    'no carrier twice',
    {
      jwt: issuer(
        'keys: { jwksFile: k }, carriers: [{ header: X-T, scheme: JWT }, { cookie: c }, { header: x-t, scheme: jwt }]',
      ),
    },
    'f:5:124 jwt[0].carriers[2]: is an earlier carrier too, expected it once',
  ],
  [
    "a carrier is no field of the gate's or the page's",
    {
      jwt: issuer(
        'keys: { jwksFile: k }, carriers: [{ header: X-Forwarded-For }, { header: X_Hubgate_T }, { header: Cookie }, { header: Origin }, { header: Sec-Fetch-Site }, { header: X T }]',
      ),
    },
    'f:5:89 jwt[0].carriers[0].header: is a field of the forwarding family, which the gate writes itself, expected Authorization, or the name of a header that only the proxy writes',
    "f:5:118 jwt[0].carriers[1].header: is one of the gate's own fields, expected Authorization, or the name of a header that only the proxy writes",
    'f:5:143 jwt[0].carriers[2].header: is a field of framing, routing or credentials, expected Authorization, or the name of a header that only the proxy writes',
    'f:5:163 jwt[0].carriers[3].header: is a field about the page that asks, expected Authorization, or the name of a header that only the proxy writes',
    'f:5:183 jwt[0].carriers[4].header: is a field about the page that asks, expected Authorization, or the name of a header that only the proxy writes',
    'f:5:211 jwt[0].carriers[5].header: has a character that no header name has, expected Authorization, or the name of a header that only the proxy writes',
  ],
  [
    "a cookie is not the hub's, nor the gate's",
    {
      jwt: issuer(
        'keys: { jwksFile: k }, carriers: [{ cookie: __Host-jupyterhub-x }, { cookie: service-a }, { cookie: hubgate-1 }, { cookie: _xsrf }, { cookie: a=b }]',
      ),
    },
    "f:5:89 jwt[0].carriers[0].cookie: is a cookie of the hub's or the gate's, expected the name of a cookie of its own",
    "f:5:122 jwt[0].carriers[1].cookie: is a cookie of the hub's or the gate's, expected the name of a cookie of its own",
    "f:5:145 jwt[0].carriers[2].cookie: is a cookie of the hub's or the gate's, expected the name of a cookie of its own",
    "f:5:168 jwt[0].carriers[3].cookie: is a cookie of the hub's or the gate's, expected the name of a cookie of its own",
    'f:5:187 jwt[0].carriers[4].cookie: has a character that no cookie name has, expected the name of a cookie of its own',
  ],
  [
    "a subprotocol's prefix leaves Jupyter's alone",
    {
      jwt: issuer(
        'keys: { jwksFile: k }, carriers: [{ webSocketProtocol: v1 }, { webSocketProtocol: v1.kernel.websocket.jupyter.org }, { webSocketProtocol: a. }, { webSocketProtocol: a/b }]',
      ),
    },
    "f:5:100 jwt[0].carriers[0].webSocketProtocol: is the beginning of a subprotocol of Jupyter's, expected a prefix such as base64url.bearer.authorization.k8s.io",
    "f:5:127 jwt[0].carriers[1].webSocketProtocol: is the beginning of a subprotocol of Jupyter's, expected a prefix such as base64url.bearer.authorization.k8s.io",
    'f:5:183 jwt[0].carriers[2].webSocketProtocol: ends with the dot before the token, expected a prefix such as base64url.bearer.authorization.k8s.io',
    'f:5:210 jwt[0].carriers[3].webSocketProtocol: has a character that no subprotocol has, expected a prefix such as base64url.bearer.authorization.k8s.io',
  ],
  [
    'a header that carries tokens is nothing else',
    {
      'hub.extraHeaders': '[X_T]',
      jwt: issuer(
        'namespace: n, keys: { jwksFile: k }, carriers: [{ header: X-U }, { header: x_state }, { header: X-T }]',
      ),
      sso: sso(''),
      inject: '{ data: { X-State: { claim: s } } }',
    },
    'f:3:122 hub.extraHeaders[0]: is a header of inject, sso or a carrier of jwt, expected one that a client may speak',
    'f:5:103 jwt[0].carriers[0].header: is a header of inject or sso, expected one that only carries tokens',
    'f:5:120 jwt[0].carriers[1].header: is a header of inject or sso, expected one that only carries tokens',
  ],
  [
    'custom has an identity header',
    { 'hub.authenticator': 'custom' },
    'f:1:1 inject.user: missing, expected the identity header (hub.authenticator is custom)',
  ],
  [
    'CIDRs have no host bits',
    { trust: '{ proxies: [10.1.0.0/8] }' },
    `f:4:20 trust.proxies[0]: "10.1.0.0/8" has host bits set: write "10.0.0.0/8", or "10.1.0.0" for that one address, ${CIDR_EXPECTED}`,
  ],
  [
    'CIDRs have no leading zeros',
    { trust: '{ proxies: [10.0.0.0/08] }' },
    `f:4:20 trust.proxies[0]: the prefix of "10.0.0.0/08" is not a number without leading zeros, ${CIDR_EXPECTED}`,
  ],
  [
    'choices are suggested',
    { trust: '{ proxies: [], others: bearer-only }' },
    'f:4:31 trust.others: is not known, expected refuse or bearerOnly; did you mean bearerOnly',
  ],
  ['some prover', { jwt: '-' }, 'f:1:1: has no prover, expected one entry or more in jwt, sso or introspection'],
  [
    'an endpoint has its required keys',
    { introspection: '[{ namespace: n, issuer: { audiences: [a] } }]' },
    'f:6:17 introspection[0].url: missing, expected an https URL',
    "f:6:17 introspection[0].clientId: missing, expected a client's id",
    'f:6:17 introspection[0].clientSecretFile: missing, expected the path of a file',
  ],
  [
    'an endpoint is asked by https',
    { introspection: endpoint('namespace: n, issuer: { audiences: [a] }', 'http://10.0.0.1/i') },
    `f:6:24 introspection[0].url: ${PLAIN_HTTP}`,
  ],
  [
    'an endpoint is no user of itself',
    { introspection: endpoint('namespace: n, issuer: { audiences: [a] }', 'https://u:p@e/') },
    'f:6:24 introspection[0].url: names a user, expected an https URL',
  ],
  [
    'audiences of opaque tokens may not be empty',
    { introspection: endpoint('namespace: n') },
    'f:6:17 introspection[0].issuer: has no audiences, expected one or more, or dangerouslyAnyAudience: true',
  ],
  [
    'audiences of opaque tokens and none of them',
    { introspection: endpoint('namespace: n, issuer: { audiences: [a], dangerouslyAnyAudience: true }') },
    'f:6:135 introspection[0].issuer.dangerouslyAnyAudience: stands beside audiences, expected one of both',
  ],
  [
    'an answer is not believed for long',
    { introspection: endpoint('namespace: n, issuer: { audiences: [a] }, cacheFor: 2h, timeout: 0s') },
    'f:6:123 introspection[0].cacheFor: is too large, expected 1h or less',
    'f:6:136 introspection[0].timeout: is too small, expected 100ms or more',
  ],
  [
    'endpoints give no names that issuers give (S5)',
    { introspection: endpoint('issuer: { audiences: [a] }') },
    `f:5:7 jwt[0]: ${jwtNamesMeet('introspection[0]')}`,
    `f:6:17 introspection[0]: ${jwtNamesMeet('jwt[0]')}`,
  ],
  [
    'an endpoint with a bad key hides no rule on its other keys',
    { introspection: '[{ url: x, clientId: c, clientSecretFile: s }]' },
    `f:5:7 jwt[0]: ${jwtNamesMeet('introspection[0]')}`,
    `f:6:17 introspection[0]: ${jwtNamesMeet('jwt[0]')}`,
    'f:6:24 introspection[0].url: is no URL to fetch, expected an https URL',
    'f:6:17 introspection[0].issuer: has no audiences, expected one or more, or dangerouslyAnyAudience: true',
  ],
  [
    'the revocation list is a file',
    { revocation: '{ file: [a] }' },
    'f:6:15 revocation.file: is a list, expected the path of a file',
  ],
  [
    'audiences may not be empty',
    { jwt: '[{ issuer: { url: i }, keys: { jwksFile: k } }]' },
    'f:5:9 jwt[0].issuer: has no audiences, expected one or more, or dangerouslyAnyAudience: true',
  ],
  [
    'an issuer has url or absent',
    { jwt: '[{ issuer: { audiences: [a] }, keys: { jwksFile: k } }]' },
    'f:5:9 jwt[0].issuer: has neither url nor absent: true, expected one of both',
  ],
  [
    'absent has local keys',
    { jwt: '[{ issuer: { absent: true, audiences: [a] }, keys: { jwksUrl: https://k } }]' },
    'f:5:68 jwt[0].keys.jwksUrl: is not local, expected jwksFile, pemFile or secretFile with issuer.absent',
  ],
  [
    'absent publishes nothing, by no document and by no load balancer',
    {
      jwt: `[{ issuer: &i { absent: true, audiences: [a] }, namespace: n }, { issuer: *i, namespace: n, keys: { alb: { region: eu-west-1, signer: '${balancer}' } } }]`,
    },
    'f:5:7 jwt[0].keys: is not local, expected jwksFile, pemFile or secretFile with issuer.absent',
    'f:5:30 jwt[1].issuer.absent: stands in an earlier entry too, expected it once',
    'f:5:106 jwt[1].keys.alb: is not local, expected jwksFile, pemFile or secretFile with issuer.absent',
  ],
  [
    'keys have a source',
    { jwt: issuer('keys: { discovery: false }') },
    `f:5:45 jwt[0].keys: has no source, ${KEYS_EXPECTED}`,
  ],
  [
    'keys left out are discovery, below a URL',
    { jwt: '[{ issuer: { url: i, audiences: [a] } }]' },
    `f:5:24 jwt[0].issuer.url: ${NO_DOCUMENT}`,
  ],
  [
    'discovery is below no query',
    { jwt: '[{ issuer: { url: "https://i.example/?x=1", audiences: [a] } }]' },
    `f:5:24 jwt[0].issuer.url: ${NO_DOCUMENT}`,
  ],
  [
    'discovery is https',
    { jwt: '[{ issuer: { url: http://i.example, audiences: [a] } }]' },
    `f:5:24 jwt[0].issuer.url: ${PLAIN_DOCUMENT}`,
  ],
  [
    'the document is https, wherever it is',
    { jwt: '[{ issuer: { url: https://i.example, discoveryURL: http://d.example/, audiences: [a] } }]' },
    `f:5:57 jwt[0].issuer.discoveryURL: ${PLAIN_DOCUMENT}`,
  ],
  [
    'discoveryURL is a URL',
    { jwt: '[{ issuer: { url: https://i.example, discoveryURL: d.example, audiences: [a] } }]' },
    'f:5:57 jwt[0].issuer.discoveryURL: is no URL to fetch, expected an https URL',
  ],
  [
    'what is said of discovery and fetching is for keys that come so',
    {
      jwt: '[{ issuer: { url: https://i.example, discoveryURL: https://d.example/, certificateAuthority: pem, audiences: [a] }, keys: { jwksFile: k } }]',
    },
    'f:5:57 jwt[0].issuer.discoveryURL: stands beside keys.jwksFile, expected keys: { discovery: true }, or no discoveryURL',
    'f:5:99 jwt[0].issuer.certificateAuthority: stands beside keys.jwksFile, expected keys that are fetched, and one of caFile and certificateAuthority',
  ],
  [
    'a CA is named once',
    { jwt: '[{ issuer: { url: https://i.example, certificateAuthority: pem, audiences: [a] }, keys: { caFile: k } }]' },
    'f:5:65 jwt[0].issuer.certificateAuthority: stands beside keys.caFile, expected keys that are fetched, and one of caFile and certificateAuthority',
  ],
  [
    'a CA is for keys that are fetched',
    { jwt: issuer('keys: { pemFile: k, caFile: c }') },
    'f:5:73 jwt[0].keys.caFile: stands beside pemFile, expected it with keys that are fetched',
  ],
  [
    'old keys end some day',
    { jwt: issuer('keys: { jwksUrl: https://k, staleFor: 31d }') },
    'f:5:83 jwt[0].keys.staleFor: is too large, expected 30d or less',
  ],
  [
    'a load balancer is of its region',
    { jwt: issuer(`keys: { alb: { region: eu-west-2, signer: '${balancer}' } }`) },
    'f:5:87 jwt[0].keys.alb.signer: is of another region, expected arn:aws:elasticloadbalancing:eu-west-2:…',
  ],
  [
    'a region is of its partition',
    { jwt: issuer(`keys: { alb: { region: cn-north-1, signer: '${balancer.replace('eu-west-1', 'cn-north-1')}' } }`) },
    'f:5:88 jwt[0].keys.alb.signer: is of another region, expected arn:aws-cn:elasticloadbalancing:cn-north-1:…',
  ],
  [
    'a region is no host',
    { jwt: issuer(`keys: { alb: { region: 'x.evil.example/', signer: '${balancer}' } }`) },
    'f:5:68 jwt[0].keys.alb.region: is not understood, expected a region such as eu-central-1',
  ],
  [
    'a signer is an Application Load Balancer',
    { jwt: issuer(`keys: { alb: { region: eu-west-1, signer: '${balancer.replace('/app/', '/net/')}' } }`) },
    'f:5:87 jwt[0].keys.alb.signer: is not understood, expected the ARN of an Application Load Balancer',
  ],
  [
    'a load balancer signs with ES256',
    { jwt: issuer(`keys: { alb: { region: eu-west-1, signer: '${balancer}' } }, algorithms: [RS256]`) },
    'f:5:184 jwt[0].algorithms: has none that a load balancer signs with, expected ES256',
  ],
  [
    'keys have one source',
    { jwt: issuer('keys: { pemFile: a, secretFile: b }') },
    `f:5:77 jwt[0].keys.secretFile: stands beside pemFile, ${KEYS_EXPECTED}`,
  ],
  [
    'key URLs are https',
    { jwt: issuer('keys: { jwksUrl: http://k.example/ }') },
    'f:5:62 jwt[0].keys.jwksUrl: is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true',
  ],
  [
    'none is no algorithm',
    { jwt: issuer('keys: { jwksFile: k }, algorithms: [none]') },
    'f:5:81 jwt[0].algorithms[0]: is not known, expected RS256 or RS384 or RS512 or PS256 or PS384 or PS512 or ES256 or ES384 or ES512 or EdDSA or Ed25519 or HS256 or HS384 or HS512',
  ],
  [
    'HS* is for secrets only',
    { jwt: issuer('keys: { jwksFile: k }, algorithms: [HS256]') },
    'f:5:81 jwt[0].algorithms[0]: does not fit the keys, expected HS* only with secretFile',
  ],
  [
    'secrets are for HS* only',
    { jwt: issuer('keys: { secretFile: k }, algorithms: [HS256, RS256]') },
    'f:5:90 jwt[0].algorithms[1]: does not fit the keys, expected HS256, HS384 or HS512 with secretFile',
  ],
  [
    'clock tolerance is bounded',
    { jwt: issuer('keys: { jwksFile: k }, clockTolerance: 11m') },
    'f:5:84 jwt[0].clockTolerance: is too large, expected 10m or less',
  ],
  [
    'rules are complete',
    { jwt: issuer('keys: { jwksFile: k }, claimValidationRules: [{ claim: c }]') },
    'f:5:91 jwt[0].claimValidationRules[0]: is incomplete, expected claim and requiredValue, or expression',
  ],
  [
    'one entry an issuer',
    {
      jwt: '[{ issuer: &i { url: i, audiences: [a] }, keys: &k { jwksFile: k }, namespace: n }, { issuer: *i, keys: *k, namespace: n }]',
    },
    'f:5:27 jwt[1].issuer.url: is the issuer of an earlier entry too, expected one entry an issuer',
  ],
  [
    'one entry without iss',
    {
      jwt: '[{ issuer: &i { absent: true, audiences: [a] }, keys: &k { jwksFile: k }, namespace: n }, { issuer: *i, keys: *k, namespace: n }]',
    },
    'f:5:30 jwt[1].issuer.absent: stands in an earlier entry too, expected it once',
  ],
  [
    'two directories have prefixes',
    { sso: '[{ name: p, proxies: [10.0.0.1], headers: { username: X-U } }]' },
    `f:5:7 jwt[0]: ${jwtNamesMeet('sso[0]')}`,
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
  ],
  [
    'entries without a namespace are directories of their own',
    {
      jwt: '[{ issuer: { url: i, audiences: [a] }, keys: &k { jwksFile: k } }, { issuer: { url: j, audiences: [a] }, keys: *k }]',
    },
    `f:5:7 jwt[0]: ${jwtNamesMeet('jwt[1]')}`,
    `f:5:73 jwt[1]: ${jwtNamesMeet('jwt[0]')}`,
  ],
  [
    'of two directories, the one without a prefix is told',
    { sso: '[{ name: p, prefix: "s:", proxies: [10.0.0.1], headers: { username: X-U } }]' },
    `f:5:7 jwt[0]: ${jwtNamesMeet('sso[0]')}`,
  ],
  [
    'two single addresses are more than one',
    { jwt: '-', sso: '[{ name: p, proxies: [10.0.0.1, 10.0.0.2], headers: { username: X-U } }]' },
    `f:5:18 sso[0].proxies: hold more than one address, ${ADDRESS_ONLY}`,
  ],
  [
    'bad keys do not hide what is wrong between entries',
    {
      jwt: '[{ issuer: &i { url: i, audiences: [a] }, keys: &k { jwksFile: k }, namespace: n, clockTolerance: 3, algorithms: [HS256] }, { issuer: *i, keys: *k, namespace: n, algorithms: [RS256, none] }]',
    },
    'f:5:27 jwt[1].issuer.url: is the issuer of an earlier entry too, expected one entry an issuer',
    'f:5:104 jwt[0].clockTolerance: is a number, expected a duration such as 500ms, 30s, 5m, 8h or 1d',
    'f:5:120 jwt[0].algorithms[0]: does not fit the keys, expected HS* only with secretFile',
    'f:5:188 jwt[1].algorithms[1]: is not known, expected RS256 or RS384 or RS512 or PS256 or PS384 or PS512 or ES256 or ES384 or ES512 or EdDSA or Ed25519 or HS256 or HS384 or HS512',
  ],
  [
    'loopback is 127.0.0.0/8',
    { 'hub.url': 'http://12.0.0.1', inject: '{ mount: { from: { claim: m } } }' },
    'f:6:11 inject.mount: goes over plain http to a hub off loopback, expected an https hub.url, a hub on loopback, or hub.dangerouslyPlainHub: true',
  ],
  [
    'no prefix begins with another',
    { jwt: issuer("keys: { jwksFile: k }, claimMappings: { username: { prefix: 'a' } }"), sso: sso(", prefix: 'ab'") },
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
  ],
  [
    'prefixes that differ in their code points alone make one name of two (S5)',
    {
      jwt: issuer("keys: { jwksFile: k }, claimMappings: { username: { prefix: '\u00e9-' } }"),
      sso: sso(", prefix: 'e\u0301-'"),
      user: '{ unicode: true }',
    },
    `f:5:7 jwt[0]: ${jwtNamesMeet('sso[0]')}`,
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
  ],
  [
    'a prefix that a name of its own directory makes another of (S5)',
    {
      jwt: issuer("keys: { jwksFile: k }, claimMappings: { username: { prefix: 'e' } }"),
      sso: sso(", prefix: '\u00e9'"),
      user: '{ unicode: true }',
    },
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
  ],
  [
    'prefixes that differ in their case make one name of two (S5)',
    {
      jwt: issuer("keys: { jwksFile: k }, claimMappings: { username: { prefix: 'Lab-' } }"),
      sso: sso(", prefix: 'lAB-'"),
    },
    `f:5:7 jwt[0]: ${jwtNamesMeet('sso[0]')}`,
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
  ],
  [
    'sso proxies are trusted',
    { jwt: '-', sso: '[{ name: p, proxies: [192.0.2.1], headers: { username: X-U } }]' },
    'f:5:28 sso[0].proxies[0]: is not trusted, expected a range inside trust.proxies',
  ],
  [
    'nobody trusts everybody',
    {
      jwt: '-',
      trust: '{ proxies: [0.0.0.0/0, "::/0"] }',
      sso: '[{ name: p, proxies: [0.0.0.0/0], headers: { username: X-U } }]',
    },
    'f:4:20 trust.proxies[0]: is everybody, expected the ranges of your proxies',
    'f:4:31 trust.proxies[1]: is everybody, expected the ranges of your proxies',
    `f:5:18 sso[0].proxies: hold more than one address, ${ADDRESS_ONLY}`,
    'f:5:28 sso[0].proxies[0]: is everybody, expected the ranges of your proxies',
  ],
  [
    'an entry that is bad by rule hides no other rule',
    {
      trust: '{ proxies: [127.0.0.1] }',
      sso: '[{ name: p, proxies: [127.0.0.1], headers: { username: X-U } }]',
    },
    `f:5:7 jwt[0]: ${jwtNamesMeet('sso[0]')}`,
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[0]')}`,
    `f:6:18 sso[0].proxies: are on loopback, ${ADDRESS_ONLY}`,
  ],
  [
    'an entry with a bad required key hides no rule on its other keys',
    {
      jwt: '[{ issuer: { url: i }, keys: {}, namespace: n }, { issuer: { url: i, audiences: [a] }, keys: { jwksFile: k }, algorithms: [HS256] }]',
      sso: '[{ name: p, namespace: n, proxies: [x], headers: { username: X-U } }, { name: p, namespace: n, proxies: [192.0.2.1], headers: {} }]',
      'hub.url': 'nowhere',
      'hub.authenticator': 'custom',
    },
    'f:1:1 inject.user: missing, expected the identity header (hub.authenticator is custom)',
    `f:3:13 hub.url: is no URL of a hub, ${HUB_URL_EXPECTED}`,
    `f:5:7 jwt[0]: ${jwtNamesMeet('jwt[1]')}`,
    'f:5:9 jwt[0].issuer: has no audiences, expected one or more, or dangerouslyAnyAudience: true',
    `f:5:24 jwt[0].issuer.url: ${NO_DOCUMENT}`,
    `f:5:55 jwt[1]: ${jwtNamesMeet('jwt[0]')}`,
    'f:5:72 jwt[1].issuer.url: is the issuer of an earlier entry too, expected one entry an issuer',
    'f:5:129 jwt[1].algorithms[0]: does not fit the keys, expected HS* only with secretFile',
    `f:6:7 sso[0]: ${ssoNamesMeet('jwt[1]')}`,
    `f:6:42 sso[0].proxies[0]: "x" does not begin with a four-part decimal IPv4 or an IPv6 address, ${CIDR_EXPECTED}`,
    `f:6:76 sso[1]: ${ssoNamesMeet('jwt[1]')}`,
    'f:6:84 sso[1].name: is the name of an earlier entry too, expected another',
    'f:6:111 sso[1].proxies[0]: is not trusted, expected a range inside trust.proxies',
    'f:6:123 sso[1].headers.username: missing, expected the name of a header that only the proxy writes',
  ],
  [
    'a default in place of a bad list breaks no rule',
    { jwt: issuer('keys: { secretFile: k }, algorithms: [HS256, HS257]') },
    'f:5:90 jwt[0].algorithms[1]: is not known, expected RS256 or RS384 or RS512 or PS256 or PS384 or PS512 or ES256 or ES384 or ES512 or EdDSA or Ed25519 or HS256 or HS384 or HS512; did you mean HS256',
  ],
  [
    'a second factor is one at least',
    { jwt: '-', sso: sso(', require: {}') },
    'f:5:81 sso[0].require: asks for nothing, expected sharedSecret, clientCertificate or both',
  ],
  [
    'a shared secret has a header and files',
    { jwt: '-', sso: sso(', require: { sharedSecret: { header: Cookie, files: [] } }') },
    'f:5:116 sso[0].require.sharedSecret.header: is a field of framing, routing or credentials, expected the name of a header that only the proxy writes',
    'f:5:124 sso[0].require.sharedSecret.files: is empty, expected a list with one file or more',
  ],
  [
    "a shared secret's field carries nothing else (T5)",
    {
      jwt: '-',
      sso: sso(', require: { sharedSecret: { header: x_u, files: [s] } }'),
      inject: '{ data: { X-U: { header: X-U } } }',
    },
    'f:5:116 sso[0].require.sharedSecret.header: is a header of inject, sso[].headers or a carrier of jwt too, expected one that carries the secret alone',
  ],
  [
    'groups are not what the user is called',
    {
      jwt: '-',
      sso: '[{ name: f, proxies: [10.42.0.7/32], headers: { username: X-U, groups: x_u }, prefix: f- }, { name: g, proxies: [10.42.0.7/32], prefix: g-, headers: { username: X-V, groups: X-G } }]',
    },
    'f:5:77 sso[0].headers.groups: is the header of the user name too, expected one that lists groups',
  ],
  [
    'nor a token',
    {
      jwt: issuer('keys: { jwksFile: k }, namespace: n, carriers: [{ header: X-Token }]'),
      sso: sso(', require: { sharedSecret: { header: x_token, files: [s] } }'),
    },
    'f:6:116 sso[0].require.sharedSecret.header: is a header of inject, sso[].headers or a carrier of jwt too, expected one that carries the secret alone',
  ],
  [
    'no client speaks a shared secret',
    {
      jwt: '-',
      'hub.extraHeaders': '[X_Gate]',
      sso: sso(', require: { sharedSecret: { header: X-Gate, files: [s] } }'),
    },
    'f:3:122 hub.extraHeaders[0]: is a header of inject, sso or a carrier of jwt, expected one that a client may speak',
  ],
  [
    'a name of a certificate',
    { jwt: '-', sso: sso(", require: { clientCertificate: { subjectAltName: '*.a' } }") },
    'f:5:129 sso[0].require.clientCertificate.subjectAltName: is no name of these kinds, expected a URI such as spiffe://lab/oauth2-proxy, a DNS name without wildcard, or an e-mail address',
  ],
  [
    'an address is no name of a certificate',
    { jwt: '-', sso: sso(", require: { clientCertificate: { subjectAltName: '10.0.0.1' } }") },
    'f:5:129 sso[0].require.clientCertificate.subjectAltName: is no name of these kinds, expected a URI such as spiffe://lab/oauth2-proxy, a DNS name without wildcard, or an e-mail address',
  ],
  [
    'a certificate that no listener asks for',
    { jwt: '-', sso: sso(', require: { clientCertificate: { subjectAltName: a.b } }') },
    'f:5:92 sso[0].require.clientCertificate: is asked for by no listener, expected listen[].tls.clientCertificate: request or require',
  ],
  [
    'a second factor is asked for, or it is not',
    {
      jwt: '-',
      sso: sso(', require: { sharedSecret: { header: X-S, files: [s] } }, dangerouslyTrustAddressOnly: true'),
    },
    'f:5:166 sso[0].dangerouslyTrustAddressOnly: stands beside require, expected one of both',
  ],
  [
    'sso by a Unix socket needs a second factor (T5)',
    {
      listen: "[{ address: 'unix:/s' }]",
      trust: '{ proxies: [10.0.0.1/32], unixPeers: true }',
      jwt: '-',
      sso: sso(''),
    },
    `f:5:7 sso[0]: is whoever opens the Unix socket too (trust.unixPeers), ${ADDRESS_ONLY}`,
  ],
  [
    'sso from more than one address needs a second factor',
    { jwt: '-', sso: '[{ name: p, proxies: [10.0.0.0/24], headers: { username: X-U } }]' },
    `f:5:18 sso[0].proxies: hold more than one address, ${ADDRESS_ONLY}`,
  ],
  [
    'sso from loopback needs a second factor',
    {
      jwt: '-',
      trust: '{ proxies: [127.0.0.1] }',
      sso: '[{ name: p, proxies: [127.0.0.1], headers: { username: X-U } }]',
    },
    `f:5:18 sso[0].proxies: are on loopback, ${ADDRESS_ONLY}`,
  ],
  [
    'sso names a user header',
    { jwt: '-', sso: '[{ name: p, proxies: [10.0.0.1], headers: { user: X-U } }]' },
    'f:5:39 sso[0].headers.username: missing, expected the name of a header that only the proxy writes',
  ],
  [
    'sso headers are no hop-by-hop',
    { jwt: '-', sso: '[{ name: p, proxies: [10.0.0.1], headers: { username: X-U, groups: Connection } }]' },
    'f:5:73 sso[0].headers.groups: is a field of framing, routing or credentials, expected the name of a header that only the proxy writes',
  ],
  [
    'sso names are unique',
    {
      jwt: '-',
      sso: '[{ name: p, proxies: &p [10.0.0.1], headers: { username: X-U }, namespace: n }, { name: p, proxies: *p, headers: { username: X-V }, namespace: n }]',
    },
    'f:5:94 sso[1].name: is the name of an earlier entry too, expected another',
  ],
  [
    'pattern compiles',
    { user: "{ pattern: '^[a$' }" },
    'f:6:18 user.pattern: is no regular expression, expected a regular expression between ^ and $',
  ],
  [
    'a pattern that a name could make try for ever',
    { user: "{ pattern: '^(?!-)(?:[a-z]+-?)+$' }" },
    'f:6:18 user.pattern: looks around, refers back, has what else RE2 has not or over 512 characters (users choose their names, and one could take for ever), expected a regular expression between ^ and $',
  ],
  [
    'pattern is anchored',
    { user: "{ pattern: '^a\\$' }" },
    'f:6:18 user.pattern: is not anchored at both ends, expected a regular expression between ^ and $',
  ],
  [
    'pattern has no bare alternation',
    { user: "{ pattern: '^a|b$' }" },
    'f:6:18 user.pattern: has | outside of a group, which is anchored on one side only, expected a regular expression between ^ and $',
  ],
  [
    'map targets match the pattern',
    { user: "{ map: { a: 'B C' } }" },
    'f:6:19 user.map.a: does not match user.pattern, expected a user name that does',
  ],
  [
    'map targets end no line, whatever the pattern (H17)',
    { user: `{ unicode: true, pattern: '^[^/]+$', map: { a: "b\\r\\nMount: x", c: "d\\u2028", e: 'f g', h: i } }` },
    'f:6:54 user.map.a: holds a space or a control character, expected a user name without',
    'f:6:74 user.map.c: holds a space or a control character, expected a user name without',
    'f:6:88 user.map.e: holds a space or a control character, expected a user name without',
  ],
  [
    'a name stands in the map once, however its letters are composed',
    { user: `{ unicode: true, map: { "z\\u00eb": a, "ze\\u0308": b } }` },
    'f:6:57 user.map["ze\u0308"]: is one name with another key, in other code points, expected it once',
  ],
  [
    'map targets are not reserved',
    { user: '{ map: { a: root } }' },
    'f:6:19 user.map.a: is in user.reserved, expected another user name',
  ],
  [
    'allow names users after mapping',
    {
      user: "{ allow: { users: [alice, alice@example.org] }, deny: { users: [eve@example.org] }, map: { 'b@example.org': b } }",
    },
    'f:6:33 user.allow.users[1]: does not match user.pattern and so never matches, expected the name after user.map',
  ],
  [
    'deny is written as names become',
    { user: '{ deny: { users: [Eve] } }' },
    'f:6:25 user.deny.users[0]: has upper case letters and so never matches, expected lower case (user.lowercase is true)',
  ],
  [
    'names beyond ASCII are never met where user.unicode is off',
    { user: "{ map: { jürgen: a, b: jörg }, allow: { users: [søren] }, deny: { users: ['zoë'] } }" },
    `f:6:24 user.map["jürgen"]: ${BEYOND_ASCII}`,
    'f:6:30 user.map.b: maps to a name beyond ASCII, expected ASCII (user.unicode is false)',
    `f:6:55 user.allow.users[0]: ${BEYOND_ASCII}`,
    `f:6:81 user.deny.users[0]: ${BEYOND_ASCII}`,
  ],
  [
    'allow names users beyond ASCII after mapping',
    { user: '{ unicode: true, allow: { users: [jürgen, jürgen@example.org] } }' },
    'f:6:49 user.allow.users[1]: does not match user.pattern and so never matches, expected the name after user.map',
  ],
  [
    'names beyond ASCII are in lower case too',
    { user: '{ unicode: true, map: { JÜRGEN: jürgen } }' },
    'f:6:39 user.map["JÜRGEN"]: has upper case letters and so never matches, expected lower case (user.lowercase is true)',
  ],
  [
    'injected names are no framing',
    { inject: '{ user: { header: Content_Length } }' },
    `f:6:27 inject.user.header: is a field of framing, routing or credentials, ${OWN_HEADER}`,
  ],
  [
    'injected names are tokens',
    { inject: "{ user: { header: 'A B' } }" },
    `f:6:27 inject.user.header: has a character that no header name has, ${OWN_HEADER}`,
  ],
  [
    'the forwarding family is the gate’s',
    { inject: '{ data: { X_Real_IP: { claim: c } } }' },
    `f:6:19 inject.data.X_Real_IP: is a field of the forwarding family, which the gate writes itself, ${OWN_HEADER}`,
  ],
  [
    'one name is injected once, however spelled',
    { inject: '{ user: { header: X-A }, data: { x_a: { claim: c } } }' },
    'f:6:42 inject.data.x_a: is the same header as inject.user.header, expected another',
  ],
  [
    'data has one source',
    { inject: '{ data: { A: { claim: c, header: X-U } } }' },
    'f:6:19 inject.data.A: has more than one source, expected claim, expression, header, file or url',
  ],
  [
    'data comes from asserted headers',
    { inject: '{ data: { A: { header: X-Q } } }' },
    'f:6:32 inject.data.A.header: is asserted by nobody, expected a header that sso[].headers names',
  ],
  [
    'a mount file is one of the user',
    { inject: '{ mount: { from: { file: /m.json } } }' },
    'f:6:34 inject.mount.from.file: has no {user}, expected a path such as /run/mounts/{user}.json',
  ],
  [
    'a mount has one source',
    { inject: '{ mount: { from: {} } }' },
    'f:6:20 inject.mount.from: has no source, expected claim, expression, file or url',
  ],
  [
    'a provider is asked of the user',
    { inject: '{ mount: { from: { url: https://m.example/m } } }' },
    'f:6:33 inject.mount.from.url: has no {user}, expected an https URL such as https://mounts.example.org/{user}',
  ],
  [
    'a provider is asked at a place that users do not choose',
    { inject: "{ data: { A: { url: 'https://{user}.example/' } } }" },
    'f:6:29 inject.data.A.url: has {user} elsewhere than in its path or query, expected an https URL such as https://mounts.example.org/{user}',
  ],
  [
    'a place for the user stays where it is',
    { inject: "{ data: { A: { url: 'https://m.example/{user}/../m' } } }" },
    'f:6:29 inject.data.A.url: has {user} elsewhere than in its path or query, expected an https URL such as https://mounts.example.org/{user}',
  ],
  [
    'a provider has no other places',
    { inject: "{ mount: { from: { url: 'https://m.example/{user}/{id}' } } }" },
    'f:6:33 inject.mount.from.url: has braces other than {user}, expected an https URL such as https://mounts.example.org/{user}',
  ],
  [
    'a provider is no user at its URL',
    { inject: "{ mount: { from: { url: 'https://a:b@m.example/{user}' } } }" },
    'f:6:33 inject.mount.from.url: names a user, expected an https URL such as https://mounts.example.org/{user}',
  ],
  [
    'a provider is asked over no network in the clear',
    { inject: "{ mount: { from: { url: 'http://m.example/{user}' } } }" },
    'f:6:33 inject.mount.from.url: is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true',
  ],
  [
    'data come from there as well',
    { inject: "{ data: { A: { url: 'http://m.example/{user}', dangerouslyAllowHttp: false } } }" },
    'f:6:29 inject.data.A.url: is plain http, expected an https URL, a loopback address, or dangerouslyAllowHttp: true',
  ],
  [
    'what belongs to a provider stands beside its URL',
    { inject: '{ mount: { from: { claim: m, timeout: 1s, tokenFile: t } } }' },
    'f:6:62 inject.mount.from.tokenFile: stands beside claim, expected it with url',
    'f:6:47 inject.mount.from.timeout: stands beside claim, expected it with url',
  ],
  [
    'and so it does with data',
    { inject: '{ data: { A: { header: X-Q, cacheFor: 1s } } }' },
    'f:6:32 inject.data.A.header: is asserted by nobody, expected a header that sso[].headers names',
    'f:6:47 inject.data.A.cacheFor: stands beside header, expected it with url',
  ],
  [
    'a provider has a time',
    { inject: "{ mount: { from: { url: 'https://m.example/{user}', timeout: 2m, cacheFor: 2h } } }" },
    'f:6:70 inject.mount.from.timeout: is too large, expected 1m or less',
    'f:6:84 inject.mount.from.cacheFor: is too large, expected 1h or less',
  ],
  [
    'a file of data is one of the user',
    { inject: '{ data: { A: { file: /a.json } } }' },
    'f:6:30 inject.data.A.file: has no {user}, expected a path such as /run/mounts/{user}.json',
  ],
  [
    'keys of a mount are names of their own',
    { inject: '{ mount: { from: { claim: m }, keys: [PORT, port, HOST, PORT] } }' },
    'f:6:53 inject.mount.keys[1]: is no such key, expected a key such as PORT: capital letters, digits and _',
    'f:6:59 inject.mount.keys[2]: is in every mount already, expected a key such as PORT: capital letters, digits and _',
  ],
  [
    'a key of a mount stands once',
    { inject: '{ mount: { from: { claim: m }, keys: [PORT, PORT] } }' },
    'f:6:53 inject.mount.keys[1]: stands in the list already, expected another',
  ],
  [
    'a mount crosses no network in the clear',
    { 'hub.url': 'http://hub.example', inject: '{ mount: { from: { claim: m } } }' },
    'f:6:11 inject.mount: goes over plain http to a hub off loopback, expected an https hub.url, a hub on loopback, or hub.dangerouslyPlainHub: true',
  ],
  [
    'public paths are exact or whole',
    { public: "[hub, '/hub/*', '/a/../b', '/a//b', '/a?b']" },
    `f:6:10 public[0]: does not begin with /, ${PATH_EXPECTED}`,
    `f:6:15 public[1]: has a character that no path has, ${PATH_EXPECTED}`,
    `f:6:25 public[2]: has a dot segment, ${PATH_EXPECTED}`,
    `f:6:36 public[3]: has an empty segment, ${PATH_EXPECTED}`,
    `f:6:45 public[4]: has a character that no path has, ${PATH_EXPECTED}`,
  ],
  [
    'durations have units',
    { limits: '{ headerTimeout: 10, idleTimeout: 1.5h, drainTimeout: 0s }' },
    'f:6:26 limits.headerTimeout: is a number, expected a duration such as 500ms, 30s, 5m, 8h or 1d',
    'f:6:43 limits.idleTimeout: is not understood, expected a duration such as 500ms, 30s, 5m, 8h or 1d',
    'f:6:63 limits.drainTimeout: is too small, expected 1ms or more',
  ],
  [
    'timers of Node end after 24 days',
    { limits: '{ idleTimeout: 25d }' },
    'f:6:24 limits.idleTimeout: is too large, expected 24d or less',
  ],
  [
    'sizes are in KiB',
    { limits: '{ headerBytes: 16KB, bodyBytes: -1, targetBytes: 1 }' },
    'f:6:24 limits.headerBytes: is not understood, expected a size such as 512, 16KiB or 1MiB',
    'f:6:41 limits.bodyBytes: is out of range, expected a size such as 512, 16KiB or 1MiB',
    'f:6:58 limits.targetBytes: is too small, expected 16B or more',
  ],
  [
    'huge numbers are refused',
    { limits: '{ headers: 1e400, connections: 99999999999999999999, bodyBytes: .inf }' },
    'f:6:20 limits.headers: is not understood, expected a whole number from 1 to 10000',
    'f:6:40 limits.connections: is out of range, expected a whole number from 0 to 1000000',
    'f:6:73 limits.bodyBytes: is not understood, expected a size such as 512, 16KiB or 1MiB',
  ],
  [
    "Kubernetes' egress selectors",
    {
      jwt: '[{ issuer: { url: i, audiences: [a], egressSelectorType: controlplane }, keys: { jwksFile: k } }]',
    },
    `f:5:63 jwt[0].issuer.egressSelectorType: ${NO_EGRESS}`,
  ],
  [
    'a whole AuthenticationConfiguration of Kubernetes, told once',
    { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', anonymous: '{ enabled: false }' },
    "f:6:1 apiVersion: is Kubernetes' AuthenticationConfiguration, of which the gate takes jwt alone, expected its list under jwt beside the gate's own keys, and no apiVersion, kind, anonymous",
  ],
  [
    'a key of its that stands alone is unknown',
    { kind: 'gate' },
    `f:6:1 kind: unknown key, expected one of ${ROOT_KEYS}`,
  ],
  [
    'unknown keys are suggested',
    { publicAlias: '[]', limits: '{ headersBytes: 1 }' },
    'f:6:1 publicAlias: unknown key, did you mean publicAliases?',
    'f:7:11 limits.headersBytes: unknown key, did you mean headerBytes?',
  ],
  [
    'unknown keys far from any list the known ones',
    { health: '{ zzzzzzzz: 1 }' },
    'f:6:11 health.zzzzzzzz: unknown key, expected one of address',
  ],
  [
    'names of prototypes are keys like any other',
    { constructor: '1', toString: '1', user: '{ map: { __proto__: root, constructor: root } }' },
    `f:6:1 constructor: unknown key, expected one of ${ROOT_KEYS}`,
    `f:7:1 toString: unknown key, expected one of ${ROOT_KEYS}`,
    'f:8:16 user.map.__proto__: is not taken as a key, expected another name',
    'f:8:46 user.map.constructor: is in user.reserved, expected another user name',
  ],
  [
    'a session has a key',
    { session: '{ keyFiles: [] }' },
    'f:6:12 session.keyFiles: is empty, expected a list with one file or more',
  ],
  [
    'each key is another',
    { session: '{ keyFiles: [a, b, a] }' },
    'f:6:29 session.keyFiles[2]: stands there before, expected each key once',
  ],
  [
    'the way to sign in comes back',
    { session: '{ keyFiles: [a], loginUrl: https://www.example.org/login }' },
    'f:6:37 session.loginUrl: has no {url}, expected an https URL with {url} in it',
  ],
  [
    'and begins at a site',
    { session: "{ keyFiles: [a], loginUrl: 'https://www{url}.example.org/?x' }" },
    'f:6:37 session.loginUrl: has {url} before its query, expected an https URL with {url} in it',
  ],
  [
    'which is encrypted',
    { session: "{ keyFiles: [a], loginUrl: 'http://www.example.org/login?next={url}', logoutUrl: 'javascript:1' }" },
    'f:6:37 session.loginUrl: is plain http off loopback, expected an https URL with {url} in it',
    'f:6:91 session.logoutUrl: is no URL of a page, expected an https URL',
  ],
  [
    "users' code hands nobody over",
    { session: '{ keyFiles: [a], handoff: { origins: [https://hub.example.org:443, https://www.example.org] } }' },
    "f:6:48 session.handoff.origins[0]: is the hub's own, where users' code runs, expected the primary site",
  ],
  [
    'a session crosses no network in the clear',
    { publicUrl: 'http://hub.example.org', session: '{ keyFiles: [a] }' },
    'f:6:1 session: would send its cookie over plain http (publicUrl), expected an https publicUrl, or dangerouslyInsecureCookies: true',
  ],
  [
    'a session carries no mount',
    { session: '{ keyFiles: [a] }', inject: '{ mount: { from: { expression: claims.mount } } }' },
    'f:7:40 inject.mount.from.expression: can not be had from a session: a cookie carries no key, expected file or url instead',
  ],
  [
    'whom a sign-in proxy asserts nobody hands over',
    {
      jwt: '-',
      sso: '[{ name: s, proxies: [10.0.0.1/32], headers: { username: X-U }, dangerouslyTrustAddressOnly: true }]',
      session: '{ keyFiles: [a], handoff: { origins: [https://www.example.org] } }',
    },
    'f:6:38 session.handoff.origins: hand users over by a token, expected an entry in jwt or introspection beside it',
  ],
  ['merge keys are none', { '<<': '{ workers: 2 }' }, `f:6:1 ["<<"]: unknown key, expected one of ${ROOT_KEYS}`],
  [
    'keys are texts',
    { user: '{ map: { 5: x, [a]: b, !!binary aGk= : c } }' },
    'f:6:16 user.map["5"]: is a key that is no text, expected quotes around it',
    'f:6:22: is a key that is no text, expected quotes around it',
    'f:6:39: is a key that is no text, expected quotes around it',
  ],
  [
    'aliases have an anchor',
    { log: '{ level: *x }' },
    'f:6:15 log.level: is an alias of nothing, expected an anchor before it',
  ],
  [
    'keys stand once',
    { user: '{ lowercase: true, lowercase: false }' },
    'f:6:26 user.lowercase: stands here for the second time, expected it once',
  ],
  [
    'wrong kinds are named',
    { trust: '[x]', jwt: '{ a: 1 }', user: 'x', log: '{ level: [a] }', webSocket: 'true' },
    'f:4:1 trust: is a list, expected a map',
    'f:5:1 jwt: is a map, expected a list of issuers',
    'f:6:7 user: is a text, expected a map',
    'f:7:8 log.level: is a list, expected trace or debug or info or warn or error or fatal',
    'f:8:12 webSocket: is true or false, expected a map',
  ],
  [
    'unset variables are named',
    { publicUrl: variable('https://', 'NOPE'), user: `{ reserved: [x, '${variable('', 'toString')}'] }` },
    'f:1:12 publicUrl: NOPE is not set in the environment',
    'f:6:23 user.reserved[1]: toString is not set in the environment',
  ],
  [
    'all unset variables of a value are named',
    { user: `{ reserved: ['${variable('', 'NOPE')}${variable('', 'NEITHER')}'] }` },
    'f:6:20 user.reserved[0]: NOPE, NEITHER are not set in the environment',
  ],
  [
    'variables have a name',
    { publicUrl: variable('https://', 'a-b') },
    `f:1:12 publicUrl: has ${'$'}{ without a name and a brace, expected ${variable('', 'NAME')}`,
  ],
  [
    'a value of a variable with quotes in it is not said either',
    { trust: `{ proxies: ['${variable('', 'QUOTED')}'] }` },
    `f:4:20 trust.proxies[0]: "…" does not begin with a four-part decimal IPv4 or an IPv6 address, ${CIDR_EXPECTED}`,
  ],
  [
    'what is expected is said of variables too',
    { publicAliases: `['${variable('', 'SECRET')} ']` },
    'f:6:17 publicAliases[0]: is no Host value, expected a host such as hub.example.org or hub.example.org:8443, or * for any',
  ],
  [
    'values of variables are never said',
    { trust: `{ proxies: ['${variable('', 'SECRET')}'] }`, log: `{ level: '${variable('', 'SECRET')}' }` },
    `f:4:20 trust.proxies[0]: "…" does not begin with a four-part decimal IPv4 or an IPv6 address, ${CIDR_EXPECTED}`,
    'f:6:15 log.level: is not known, expected trace or debug or info or warn or error or fatal',
  ],
];

test('each bad config is told at its place, with what is expected', async t => {
  for (const [rule, keys, ...problems] of rows) t.same(problemsOf(written(keys)), problems.toSorted(byPlace), rule);
});

function byPlace(one: string, other: string): number {
  const place = (problem: string): number[] => problem.split(/[: ]/).slice(1, 3).map(Number);
  const [[lineA = 0, columnA = 0], [lineB = 0, columnB = 0]] = [place(one), place(other)];
  return lineA - lineB || columnA - columnB;
}

test('all problems of a file come at once, in its order', async t => {
  const all = problemsOf(
    written({
      publicUrl: 'x',
      listen: '[{ addres: a:80 }]',
      trust: '{ proxies: [1] }',
      jwt: '[{ issuer: { url: i }, kyes: 1 }]',
      mode: 'observe',
    }),
  );
  t.same(
    all.map(problem => problem.split(': ')[0]),
    [
      'f:1:12 publicUrl',
      'f:2:10 listen[0].address',
      'f:2:12 listen[0].addres',
      'f:4:20 trust.proxies[0]',
      'f:5:9 jwt[0].issuer',
      'f:5:24 jwt[0].issuer.url',
      'f:5:29 jwt[0].kyes',
      'f:6:7 mode',
    ],
  );
});

test('texts that are no config', async t => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    'b: &b [*a,*a,*a,*a,*a,*a]',
    'c: &c [*b,*b,*b,*b,*b,*b]',
    'd: [*c,*c,*c,*c,*c,*c]',
  ];
  const expected = 'expected a map with publicUrl, listen, hub, trust and one of jwt, sso or introspection';
  const texts: readonly (readonly [string, ...string[]])[] = [
    ['', `f:1:1: is empty, ${expected}`],
    ['# nothing\n', `f:1:1: is empty, ${expected}`],
    ['- a\n', `f:1:1: is no map, ${expected}`],
    ['hello\n', `f:1:1: is no map, ${expected}`],
    [bomb.join('\n'), 'f:1:1: has aliases that multiply, expected 50 or fewer'],
    ['a: 1\n---\nb: 2\n', 'f:2:1: is no valid YAML: more than one document, expected one'],
    [
      'a: b\n  c: d\n',
      'f:1:4: is no valid YAML: Nested mappings are not allowed in compact mappings (a line below is indented too deep, or a text with ": " is not in quotes)',
      'f:1:4: is no valid YAML: Implicit keys need to be on a single line',
    ],
    ['a: !!js/function x\n', 'f:1:4: is no valid YAML: Unresolved tag: tag:yaml.org,2002:js/function'],
    [
      ' :\nh\n  e:',
      'f:2:1: is no valid YAML: Unexpected scalar at node end',
      'f:3:4: is no valid YAML: Unexpected map-value-ind token in YAML stream: ":"',
    ],
    [
      'a: 1\n\tb: 2\nc: [\n',
      'f:2:1: is no valid YAML: Tabs are not allowed as indentation',
      'f:4:1: is no valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ];
  for (const [text, ...problems] of texts) t.same(problemsOf(text), problems, JSON.stringify(text.slice(0, 30)));
});

test('a problem is told on one line, whatever it quotes', async t => {
  const problems = problemsOf(written({ trust: '{ proxies: ["\\r\\n\\u2028\\e[31m"] }' }));
  t.match(problems, [/^[ -~]+$/]);
  t.match(problems, [/"\\u000d\\u000a\\u2028\\u001b\[31m"/]);
});

test('the parser says nothing on the side', async t => {
  const warnings: unknown[] = [];
  t.capture(process, 'emitWarning', (warning: unknown) => void warnings.push(warning));
  problemsOf('!!binary aGk= : x\n');
  t.same(warnings, []);
});
