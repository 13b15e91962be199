/** The configs under which the contract holds, as an operator would write them. Loopback addresses stand for the peers. */

const issuer = `
jwt:
  - issuer: { url: 'https://sso.example', audiences: [jupyterhub] }
    namespace: lab
    keys: { secretFile: secret }
    algorithms: [HS256]
    claimMappings: { username: { claim: preferred_username, prefix: '' }, groups: { claim: groups, prefix: '' } }
`;

/** The load balancer whose tokens are taken. */
export const balancerArn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
/** Two issuers: one whose tokens may stand anywhere, and a balancer's, whose tokens stand in a header of its own. */
const carried = `
jwt:
  - issuer: { url: 'https://sso.example', audiences: [jupyterhub] }
    namespace: lab
    keys: { secretFile: secret }
    algorithms: [HS256]
    carriers:
      - { header: Authorization, scheme: Bearer }
      - { header: Authorization, scheme: JWT }
      - { header: X-Lab-Token, scheme: Lab }
      - { header: X-Lab-Assertion }
      - { cookie: lab_jwt }
      - { webSocketProtocol: base64url.bearer.authorization.k8s.io }
  - issuer: { url: 'https://iap.example', audiences: [jupyterhub] }
    namespace: lab
    keys: { secretFile: secret }
    algorithms: [HS256]
    carriers: [{ header: X-Goog-IAP-JWT-Assertion }]
`;

/** Answers for opaque tokens of the same directory. */
const endpoint = `
introspection:
  - url: https://sso.example/introspect
    clientId: gate
    clientSecretFile: secret
    issuer: { url: 'https://sso.example', audiences: [jupyterhub] }
    namespace: lab
`;

/** 127.0.0.1 is an ingress, 127.0.0.3 the sign-in proxy, 127.0.0.2 a stranger. */
const trusted = 'proxies: [127.0.0.1/32, 127.0.0.3/32, 10.42.0.0/24, 2001:db8::/64]';

const front = `
sso:
  - name: front
    namespace: lab
    proxies: [127.0.0.3/32]
    headers: { username: X-Auth-Request-Preferred-Username, groups: X-Auth-Request-Groups, state: X-Auth-Request-State }
    dangerouslyTrustAddressOnly: true
`;

function base(hub: string, trust: string = trusted): string {
  return `
publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:1', ${hub} }
trust: { ${trust} }
`;
}

const remoteAuthMount = 'authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator';
const headerAuthenticator = 'authenticator: jhubauthenticators.HeaderAuthenticator';
const custom = 'authenticator: custom';

const wide = `
limits: { headerBytes: 64KiB, targetBytes: 32KiB }
`;

const configs = {
  /** Tokens and a sign-in proxy before the plain preset. */
  lab: `${base(remoteAuthMount)}${issuer}${front}
publicAliases: [alias.example, 'other.example:8443']
public: ['/hub/static/**', /hub/logo, '/user/site/open/**']
webSocket: { origins: ['https://www.example'] }
`,
  /** A client that speaks a reserved name is refused. */
  strict: `${base(remoteAuthMount)}${issuer}${front}
inject: { onSpoof: refuse }
`,
  /** Nothing but tokens: no sign-in proxy's header is expected. */
  tokensOnly: `${base(remoteAuthMount)}${issuer}
inject: { onSpoof: refuse }
`,
  /** Strangers come in with a token, and the hub's own tokens are taken. */
  open: `${base(`${remoteAuthMount}, apiTokens: forward`, `${trusted}, others: bearerOnly`)}${issuer}${front}
public: ['/hub/static/**', '/user/site/open/**']
`,
  /** Opaque tokens are asked about, some tokens are revoked, and the hub's own are taken. */
  opaque: `${base(`${remoteAuthMount}, apiTokens: forward`)}${issuer}${endpoint}${front}
revocation: { file: revoked }
`,
  /** The same where the hub's own are not. */
  opaqueOnly: `${base(remoteAuthMount)}${endpoint}`,
  /** The client address is the peer's, and whoever may open the Unix socket is trusted. */
  socket: `${base(remoteAuthMount, `${trusted}, unixPeers: true`)}${issuer}${front}`,
  peerAddress: `${base(remoteAuthMount, `${trusted}, clientAddress: peer`)}${issuer}${front}`,
  /** The client address stands in Forwarded, also behind the Unix socket. */
  forwarded: `${base(remoteAuthMount, `${trusted}, clientAddress: Forwarded, unixPeers: true`)}${issuer}${front}`,
  /** HeaderAuthenticator reads the user, data and a mount on one request. */
  header: `${base(headerAuthenticator)}${issuer}${front}
inject:
  data:
    State: { claim: lab_state }
    X-Team: { claim: team }
    Course: { header: X-Auth-Request-State }
  mount: { from: { file: 'mounts/{user}.json' } }
`,
  /** Mount and data from providers, as optional as a mount can be; more data from a file per user. */
  provider: `${base(headerAuthenticator)}${issuer}
inject:
  data:
    State: { url: 'https://provider.example/state/{user}' }
    Course: { file: 'mounts/{user}.json' }
  mount: { from: { url: 'https://provider.example/mounts/{user}' }, keys: [PORT], optional: true }
`,
  /** The same mount, without which there is no login. */
  needed: `${base(headerAuthenticator)}${issuer}
inject:
  mount: { from: { url: 'https://provider.example/mounts/{user}' }, keys: [PORT] }
`,
  /** And once more, without which there is one. */
  spared: `${base(headerAuthenticator)}${issuer}
inject:
  mount: { from: { url: 'https://provider.example/mounts/{user}' }, keys: [PORT], optional: true }
`,
  /** A mount out of the token, below another base path. */
  mount: `${base(`${remoteAuthMount}, baseUrl: /jh/`)}${issuer}
inject: { mount: { from: { claim: mount }, optional: true } }
public: [/hub/logo]
`,
  /** Tokens are exchanged for the hub's, and the hub's own are taken. */
  exchanged: `${base(`${remoteAuthMount}, apiTokens: forward, tokenFile: service`)}${issuer}${front}
public: ['/hub/static/**', '/user/site/open/**']
`,
  /** Clients bring their mounts and data to the hub themselves. */
  mounting: `${base('authenticator: jhub_remote_auth_mount.MountRemoteUserAuthenticator, deliver: never')}${issuer}
inject: { mount: { from: { claim: mount } } }
`,
  folding: `${base('authenticator: jhub_remote_login.DataRemoteUserAuthenticator, deliver: never')}${issuer}${front}
user: { map: { 'a.smith@example.org': alice.smith } }
inject:
  data:
    State: { claim: lab_state }
    X-Team: { claim: team }
`,
  /** The gate is to bring them, and no client may. */
  /** The gate posts mounts itself. */
  delivered: `${base('authenticator: jhub_remote_auth_mount.MountRemoteUserAuthenticator')}${issuer}${front}
inject: { mount: { from: { file: 'mounts/{user}.json' }, optional: true } }
`,
  delivering: base('authenticator: jhub_remote_auth_mount.MountRemoteUserAuthenticator') + issuer,
  deliveringData: base('authenticator: jhub_authenticators.DataRemoteUserAuthenticator') + issuer,
  /** The login is a form with a password that everybody has. */
  form: `${base('authenticator: jhub_remote_login.DummyAuthenticator, apiTokens: forward')}${issuer}${front}
user: { lowercase: false, pattern: '^[A-Za-z0-9._@+-]{1,62}$', map: { 'z@example.org': Zoe } }
public: [/hub/logo, '/hub/signup/**']
`,
  /** The hub is known to hold all by itself. */
  sound: `${base(`${remoteAuthMount}, skipWorkarounds: [CVE-2020-36191, CVE-2024-28233, CVE-2026-40864, CVE-2026-54338]`)}${issuer}${front}`,
  /** What servers of users meet. */
  servers: `${base(`${remoteAuthMount}, internalUrl: 'http://127.0.0.1:2'`).replace("127.0.0.1:0'", "127.0.0.1:0', for: servers")}${issuer}${front}
session: { keyFiles: [session-key], handoff: { origins: ['https://www.example'] } }
`,
  /** Any application behind the gate, any name of the identity header. */
  general: `${base(custom)}${issuer}${front}
inject: { user: { header: X-App-User, paths: ['/**'] } }
`,
  /** The hub, with an identity header of the operator's own on two paths. */
  custom: `${base(`${custom}, extraHeaders: [X-Lab-Trace]`)}${issuer}
inject: { user: { header: X-Lab-User, paths: [/hub/login, /services/who/am-i] } }
`,
  /** Who may come in, and under which name. */
  people: `${base(headerAuthenticator)}${issuer}
user:
  lowercase: false
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$'
  map: { 'alice@example.org': alice, 'm@example.org': Malvin, 'd@example.org': Dora }
  allow: { users: [bob, root], groups: [lab] }
  deny: { users: [mallory, malvin], groups: [banned] }
`,
  /** A rule of the directory that the sign-in proxy speaks for, and data from both provers. */
  suspended: `${base(headerAuthenticator)}${issuer}${front}
user: { deny: { users: [], groups: [suspended] } }
inject:
  data:
    State: { claim: lab_state }
    Course: { header: X-Auth-Request-State }
`,
  /** Kubernetes' expressions on tokens; data and a mount that expressions make of tokens and assertions. */
  expressions: `${base(headerAuthenticator)}
jwt:
  - issuer: { url: 'https://sso.example', audiences: [jupyterhub] }
    namespace: lab
    keys: { secretFile: secret }
    algorithms: [HS256]
    claimValidationRules:
      - { expression: 'claims.?email_verified.orValue(true) == true', message: verify your address first }
      - { expression: 'claims.level >= 2' }
    claimMappings:
      username: { expression: 'has(claims.email) ? claims.email.split("@")[0].lowerAscii() : claims.preferred_username' }
      groups: { expression: 'claims.?roles.orValue("").split(",")' }
      uid: { claim: sub }
      extra:
        - { key: lab.example/team, valueExpression: 'claims.?team.orValue("")' }
        - { key: lab.example/courses, valueExpression: 'claims.?courses.orValue([])' }
    userValidationRules:
      - { expression: '!user.username.startsWith("system-")', message: names with system- are reserved }
      - { expression: '!("banned" in user.groups)' }
${front}
inject:
  data:
    State: { expression: claims.lab_state }
    Team: { expression: 'user.extra["lab.example/team"][0]' }
    Courses: { expression: 'user.extra["lab.example/courses"]' }
    Who: { expression: '{"name": user.username, "uid": user.uid, "groups": user.groups}' }
    Half: { expression: 'claims.level / (claims.level - 9)' }
    Asserted: { header: X-Auth-Request-State }
  mount:
    optional: true
    from:
      expression: '{"HOST": user.extra["lab.example/team"][0] + ".files.example", "USERNAME": user.username, "PATH": claims.home, "MOUNTSSHPRIVATEKEY": claims.?ssh.orValue("")}'
`,
  /** Names beyond ASCII before a plugin that makes a code of them. */
  unicode: `${base(remoteAuthMount)}${issuer}${front}
user:
  unicode: true
  map: { сосо: koko, 'zoe@example.org': zoë }
  reserved: [root, büro]
  deny: { users: ['günther', 'işık'], groups: [] }
`,
  /** Names beyond ASCII before a plugin that reads latin-1. */
  unicodeHeader: `${base(headerAuthenticator)}${issuer}${front}
user: { unicode: true }
`,
  /** Names beyond ASCII on every path, of an application that decodes UTF-8. */
  unicodeGeneral: `${base(custom)}${issuer}${front}
inject: { user: { header: X-App-User, paths: ['/**'] } }
user: { unicode: true, lowercase: false, pattern: '^[\\p{L}\\p{M}]{1,32}$' }
`,
  /** The identity header in an operator's own spelling. */
  spelled: `${base(custom)}${issuer}
inject: { user: { header: x-auth-user, paths: [/hub/login] } }
`,
  /** Tokens that a load balancer signs, and no others. */
  alb: `${base(remoteAuthMount)}
jwt:
  - issuer: { url: 'https://sso.example', audiences: [client-1] }
    keys: { alb: { region: eu-west-1, signer: '${balancerArn}' } }
    algorithms: [ES256]
    carriers: [{ header: X-Amzn-Oidc-Data }]
`,
  /** Tokens by keys of every kind; over sockets their signatures are looked at. */
  signed: `${base(remoteAuthMount)}${issuer}`
    .replace('secretFile: secret', 'jwksFile: published')
    .replace('[HS256]', '[RS256, ES256, EdDSA]'),
  /** Access tokens alone (RFC 9068), and of one client. */
  typed: `${base(remoteAuthMount)}${issuer}
    type: at+jwt
    claimValidationRules: [{ claim: azp, requiredValue: lab-portal }]
`,
  /** The sign-in proxy shows a secret beside its address, which the ingress has too. */
  shared: `${base(remoteAuthMount)}${issuer}${front}`
    .replace('[127.0.0.3/32]', '[127.0.0.1/32, 127.0.0.3/32]')
    .replace(
      'dangerouslyTrustAddressOnly: true',
      'require: { sharedSecret: { header: X-Gate-Secret, files: [now, next] } }',
    ),
  /** It shows a client certificate; the contract's connections are plain, so that nobody has one. */
  certified: `${base(remoteAuthMount)}${issuer}${front}`
    .replace(
      "127.0.0.1:0'",
      "127.0.0.1:0', tls: { certFile: c, keyFile: k, clientCaFile: a, clientCertificate: request }",
    )
    .replace(
      'dangerouslyTrustAddressOnly: true',
      "require: { clientCertificate: { subjectAltName: 'spiffe://lab/front' } }",
    ),
  /** Its one listener wants a PROXY header first. */
  headed: `${base(remoteAuthMount)}${issuer}${front}`.replace('127.0.0.1:0', "127.0.0.1:0', proxyProtocol: 'required"),
  /** No patience. */
  impatient: `${base(remoteAuthMount)}${issuer}
limits: { headerTimeout: 150ms, idleTimeout: 150ms, bodyStallTimeout: 150ms, hubResponseTimeout: 300ms }
`,
  /** Room for three connections, and for two of one address. */
  crowded: `${base(remoteAuthMount)}${issuer}
limits: { connections: 3, connectionsPerAddress: 2 }
`,
  /** Tokens in every carrier, beside a sign-in proxy; strangers come in with a token in Authorization. */
  carriers: `${base(`${remoteAuthMount}, apiTokens: forward`, `${trusted}, others: bearerOnly`)}${carried}${front}
public: ['/hub/static/**', '/user/site/open/**']
webSocket: { origins: ['https://www.example'] }
`,
  /** The same where a client that speaks a reserved name is refused. */
  strictCarriers: `${base(remoteAuthMount)}${carried}
inject: { onSpoof: refuse }
`,
  /** A token in a balancer's header alone: Authorization is the hub's. */
  behindBalancer: `${base(remoteAuthMount)}${carried.replace(/ {2}- issuer: \{ url: 'https:\/\/sso[\s\S]*?(?= {2}- issuer: \{ url: 'https:\/\/iap)/, '')}`,
  /** Browsers keep a session; rules look at claims of theirs, and the hub is told one. */
  sessions: `${base(`${headerAuthenticator}, apiTokens: forward`, `${trusted}, others: bearerOnly`)}${issuer}    claimValidationRules: [{ claim: org, requiredValue: lab }]
${front}
user: { deny: { users: [mallory] } }
inject: { data: { State: { claim: lab_state } } }
public: ['/hub/static/**']
session:
  keyFiles: [session-key]
  loginUrl: 'https://www.example/login?next={url}'
  handoff: { origins: ['https://www.example'] }
`,
  /** The same with hosts of users, in front of a hub with subdomain_host. */
  userHosts: `${base(`${headerAuthenticator}, apiTokens: forward`, `${trusted}, others: bearerOnly`)}${issuer}${front}
userHosts: '*.hub.example'
inject: { user: { header: Remote-User, paths: [/hub/login] } }
webSocket: { origins: ['https://app.example'] }
session:
  keyFiles: [session-key]
  handoff: { origins: ['https://www.example'] }
  loginUrl: https://www.example/login?next={url}
`,
  /** Browsers show the hub in frames of a site. */
  embedded: `${base(remoteAuthMount)}${issuer}
session:
  keyFiles: [session-key]
  handoff: { origins: ['https://www.example'] }
  embed: true
`,
  /** Hosts of users at a port of their own, before a general gate, which writes its fields everywhere. */
  userHostsGeneral: `${base(custom)}${issuer}
userHosts: '*.hub.example:8443'
inject: { user: { header: X-App-User, paths: ['/**'] } }
`,
  /** Wide bounds, under which a cost that grows faster than its input shows. */
  roomy: `${base(remoteAuthMount)}${issuer}${front}${wide}`,
  roomyForwarded: `${base(remoteAuthMount, `${trusted}, clientAddress: Forwarded`)}${issuer}${front}${wide}`,
  /** Tight bounds. */
  narrow: `${base(`${remoteAuthMount}, headerBudget: 1KiB`)}${issuer}
limits: { headerBytes: 2KiB, headers: 20, repeatedFields: 3, targetBytes: 256, bodyBytes: 1KiB }
`,
} as const satisfies Record<string, string>;

/** A config's name. */
export type ConfigName = keyof typeof configs;

/** The text of every config. */
export const configTexts: Readonly<Record<ConfigName, string>> = configs;
