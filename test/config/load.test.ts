import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import type { Config } from '../../src/config/config.ts';
import { didYouMean } from '../../src/config/did-you-mean.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { formatPath, formatProblem } from '../../src/config/problems.ts';
import { written } from './written.ts';

function good(keys: Record<string, string>, env: Record<string, string> = {}): Config {
  const result = parseConfig(written(keys), '/etc/hubgate/proxy.yaml', env);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.config;
}

test('the shortest config has every default', async t => {
  const config = good({});
  t.same(config, {
    publicUrl: 'https://hub.example.org',
    publicAliases: [],
    userHosts: null,
    listen: [
      { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls: null, proxyProtocol: 'none', audience: 'browsers' },
    ],
    health: { address: null },
    admin: null,
    hub: {
      address: { kind: 'tcp', host: '127.0.0.1', port: 8000 },
      tls: null,
      internal: null,
      baseUrl: '/',
      authenticator: { preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator', release: null },
      tokenFile: null,
      apiTokens: 'refuse',
      deliver: 'onLogin',
      headerBudget: 15360,
      extraHeaders: [],
      skipWorkarounds: [],
      dangerouslyPlainHub: false,
    },
    trust: { proxies: ['10.0.0.0/8'], others: 'refuse', clientAddress: 'X-Forwarded-For', unixPeers: false },
    public: [],
    jwt: [
      {
        issuer: { kind: 'url', url: 'i' },
        audiences: ['a'],
        dangerouslyAnyAudience: false,
        discoveryUrl: null,
        certificateAuthority: null,
        namespace: 'n',
        keys: { kind: 'jwksFile', file: '/etc/hubgate/keys.json' },
        algorithms: ['RS256', 'ES256'],
        carriers: [{ kind: 'header', header: 'Authorization', scheme: 'Bearer' }],
        type: 'any',
        clockToleranceMs: 30_000,
        maxAgeMs: null,
        dangerouslyUnverifiedEmail: false,
        claimValidationRules: [],
        claimMappings: {
          username: { claim: 'preferred_username', prefix: '' },
          groups: { claim: 'groups', prefix: '' },
          uid: null,
          extra: [],
        },
        userValidationRules: [],
      },
    ],
    sso: [],
    introspection: [],
    exchange: { admins: false, createUsers: false, scopes: [], lifetimeMs: 300_000 },
    revocation: { file: null },
    user: {
      lowercase: true,
      unicode: false,
      map: new Map(),
      pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
      reserved: ['root', '(null)', 'null', 'none', 'undefined', 'unknown', 'anonymous', '-'],
      allow: { users: [], groups: [] },
      deny: { users: [], groups: [] },
    },
    inject: { user: null, mount: null, data: [], onSpoof: 'strip' },
    session: null,
    limits: {
      headerBytes: 16_384,
      headers: 100,
      repeatedFields: 20,
      targetBytes: 8_192,
      bodyBytes: 0,
      headerTimeoutMs: 10_000,
      idleTimeoutMs: 60_000,
      bodyStallTimeoutMs: 60_000,
      hubConnectTimeoutMs: 5_000,
      hubResponseTimeoutMs: 300_000,
      drainTimeoutMs: 30_000,
      connections: 10_000,
      connectionsPerAddress: 0,
      requestsPerUser: 0,
      webSocketsPerUser: 0,
    },
    webSocket: { pingIntervalMs: 30_000, closeOnExpiry: true, graceMs: 0, origins: [] },
    log: { level: 'info', format: 'json', audit: { kind: 'stdout' } },
  });
});

type Written = readonly [string, Record<string, string>, (config: Config) => unknown, unknown];

test('what is written is read', async t => {
  const rows: readonly Written[] = [
    [
      'an origin loses its default port',
      { publicUrl: 'HTTPS://Hub.Example.org:443/' },
      c => c.publicUrl,
      'https://hub.example.org',
    ],
    [
      'hosts are lower case',
      { publicAliases: "[Hub:8080, '*', '[::1]:80']" },
      c => c.publicAliases,
      ['hub:8080', '*', '[::1]:80'],
    ],
    [
      'IPv6 stands without brackets',
      { listen: "[{ address: '[::]:80' }]" },
      c => c.listen,
      [{ address: { kind: 'tcp', host: '::', port: 80 }, tls: null, proxyProtocol: 'none', audience: 'browsers' }],
    ],
    [
      'a Unix listener',
      { listen: "[{ address: 'unix:/run/g.sock' }]" },
      c => c.listen,
      [{ address: { kind: 'unix', path: '/run/g.sock' }, tls: null, proxyProtocol: 'none', audience: 'browsers' }],
    ],
    [
      'a listener behind a balancer',
      { listen: "[{ address: 'a:1', proxyProtocol: required, tls: { certFile: /c, keyFile: /k } }]" },
      c => c.listen[0]?.proxyProtocol,
      'required',
    ],
    [
      "a listener's TLS asks for no client certificate",
      { listen: "[{ address: 'a:1', tls: { certFile: /c, keyFile: /k } }]" },
      c => c.listen[0]?.tls,
      { certFile: '/c', keyFile: '/k', clientCaFile: null, clientCertificate: 'none' },
    ],
    ["https's default port", { 'hub.url': 'https://hub' }, c => c.hub.address, { kind: 'tcp', host: 'hub', port: 443 }],
    [
      'https needs nothing beside it',
      { 'hub.url': 'HTTPS://hub:8443' },
      c => c.hub.tls,
      { caFile: null, certFile: null, keyFile: null, serverName: null },
    ],
    ['http has no TLS', {}, c => c.hub.tls, null],
    [
      'a mount goes to a hub off loopback by https',
      { 'hub.url': 'https://hub', inject: '{ mount: { from: { claim: m } } }' },
      c => c.hub.dangerouslyPlainHub,
      false,
    ],
    ['a Unix hub', { 'hub.url': 'unix:/run/h.sock' }, c => c.hub.address, { kind: 'unix', path: '/run/h.sock' }],
    ["http's default port", { 'hub.url': 'http://hub/' }, c => c.hub.address, { kind: 'tcp', host: 'hub', port: 80 }],
    [
      'a release',
      { 'hub.authenticator': 'jhubauthenticators.HeaderAuthenticator@0.6.1' },
      c => c.hub.authenticator,
      { preset: 'jhubauthenticators.HeaderAuthenticator', release: '0.6.1' },
    ],
    [
      'a release that is a plugin of its own',
      { 'hub.authenticator': 'jhub_remote_login.RemoteUserAuthenticator@0.2.10' },
      c => c.hub.authenticator,
      { preset: 'jhub_remote_login.RemoteUserAuthenticator@0.2.10', release: '0.2.10' },
    ],
    [
      'a class by the name that Python imports it by',
      { 'hub.authenticator': 'jhub_remote_user_authenticator.remote_user_auth.RemoteUserAuthenticator' },
      c => c.hub.authenticator,
      { preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator', release: null },
    ],
    ['who posts to the hub', { 'hub.deliver': 'never' }, c => c.hub.deliver, 'never'],
    [
      'health by address',
      { health: '{ address: 127.0.0.1:1 }' },
      c => c.health.address,
      { kind: 'tcp', host: '127.0.0.1', port: 1 },
    ],
    [
      'admin on loopback by default',
      { admin: '{}' },
      c => c.admin,
      { address: { kind: 'tcp', host: '127.0.0.1', port: 9090 }, tokenFile: null },
    ],
    [
      'admin off loopback with a token',
      { admin: "{ address: '0.0.0.0:1', tokenFile: t }" },
      c => c.admin?.tokenFile,
      '/etc/hubgate/t',
    ],
    [
      'an endpoint is asked as little as may be, and believed briefly',
      {
        jwt: '-',
        introspection: '[{ url: https://e/i, clientId: c, clientSecretFile: s, issuer: { audiences: [a] } }]',
      },
      c => c.introspection,
      [
        {
          url: 'https://e/i',
          clientId: 'c',
          clientSecretFile: '/etc/hubgate/s',
          caFile: null,
          timeoutMs: 5000,
          cacheForMs: 30_000,
          issuer: null,
          audiences: ['a'],
          dangerouslyAnyAudience: false,
          type: 'Bearer',
          namespace: null,
          clockToleranceMs: 30_000,
          dangerouslyUnverifiedEmail: false,
          claimValidationRules: [],
          claimMappings: {
            username: { claim: 'username', prefix: '' },
            groups: { claim: 'groups', prefix: '' },
            uid: null,
            extra: [],
          },
          userValidationRules: [],
        },
      ],
    ],
    [
      "an endpoint by plain http on loopback, or by the operator's word",
      {
        jwt: '-',
        introspection:
          "[{ url: 'http://127.0.0.1:1/', clientId: c, clientSecretFile: s, namespace: n, issuer: { audiences: [a] } }, { url: 'http://e/', dangerouslyAllowHttp: true, clientId: c, clientSecretFile: s, namespace: n, issuer: { dangerouslyAnyAudience: true } }]",
      },
      c => c.introspection.map(({ url }) => url),
      ['http://127.0.0.1:1/', 'http://e/'],
    ],
    ['a revocation list', { revocation: '{ file: revoked }' }, c => c.revocation.file, '/etc/hubgate/revoked'],
    [
      'durations are milliseconds',
      {
        limits:
          '{ headerTimeout: 500ms, idleTimeout: 2m, bodyStallTimeout: 3s, hubResponseTimeout: 8h, drainTimeout: 1d }',
      },
      ({ limits }) => [
        limits.headerTimeoutMs,
        limits.idleTimeoutMs,
        limits.bodyStallTimeoutMs,
        limits.hubResponseTimeoutMs,
        limits.drainTimeoutMs,
      ],
      [500, 120_000, 3_000, 28_800_000, 86_400_000],
    ],
    [
      'sizes are bytes',
      { limits: "{ headerBytes: 2048, targetBytes: '100', bodyBytes: 3GiB }" },
      ({ limits }) => [limits.headerBytes, limits.targetBytes, limits.bodyBytes],
      [2_048, 100, 3_221_225_472],
    ],
    [
      'key URLs may be http on loopback',
      { jwt: "[{ issuer: { url: i, audiences: [a] }, keys: { jwksUrl: 'http://[::1]:80/k' } }]" },
      c => c.jwt[0]?.keys,
      { kind: 'jwksUrl', url: 'http://[::1]:80/k', caFile: null, staleForMs: 86_400_000, dangerouslyAllowHttp: false },
    ],
    [
      'key URLs may be http at one’s own risk',
      { jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { jwksUrl: http://k/k, dangerouslyAllowHttp: true } }]' },
      c => c.jwt[0]?.keys,
      { kind: 'jwksUrl', url: 'http://k/k', caFile: null, staleForMs: 86_400_000, dangerouslyAllowHttp: true },
    ],
    [
      'keys left out are discovery',
      { jwt: '[{ issuer: { url: https://i.example/, audiences: [a] } }]' },
      c => c.jwt[0]?.keys,
      { kind: 'discovery', caFile: null, staleForMs: 86_400_000, dangerouslyAllowHttp: false },
    ],
    [
      'keys without a source are discovery, with what else they say',
      { jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { caFile: ca.crt, staleFor: 1h } }]' },
      c => c.jwt[0]?.keys,
      { kind: 'discovery', caFile: '/etc/hubgate/ca.crt', staleForMs: 3_600_000, dangerouslyAllowHttp: false },
    ],
    [
      "Kubernetes' words for discovery, pasted",
      {
        jwt: '[{ issuer: { url: lab, discoveryURL: https://i.internal/d, certificateAuthority: pem, audiences: [a], audienceMatchPolicy: MatchAny, egressSelectorType: "" } }]',
      },
      ({ jwt: [one] }) => [one?.issuer, one?.discoveryUrl, one?.certificateAuthority, one?.keys.kind],
      [{ kind: 'url', url: 'lab' }, 'https://i.internal/d', 'pem', 'discovery'],
    ],
    [
      "a load balancer's keys",
      {
        jwt: "[{ issuer: { url: https://i.example, audiences: [c] }, keys: { alb: { region: us-gov-west-1, signer: 'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188' } } }]",
      },
      c => c.jwt[0]?.keys,
      {
        kind: 'alb',
        region: 'us-gov-west-1',
        signer: 'arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188',
        caFile: null,
        staleForMs: 86_400_000,
        dangerouslyAllowHttp: false,
      },
    ],
    [
      'tokens without iss, for anybody',
      {
        jwt: '[{ issuer: { absent: true, dangerouslyAnyAudience: true }, keys: { secretFile: /k }, algorithms: [HS256], maxAge: 1h }]',
      },
      ({ jwt: [one] }) => [one?.issuer, one?.audiences, one?.algorithms, one?.maxAgeMs],
      [{ kind: 'absent' }, [], ['HS256'], 3_600_000],
    ],
    [
      'the default carrier may be written',
      {
        jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { pemFile: p }, carriers: [{ header: authorization, scheme: bearer }] }]',
      },
      c => c.jwt[0]?.carriers,
      [{ kind: 'header', header: 'authorization', scheme: 'bearer' }],
    ],
    [
      'without carriers, a bearer token in Authorization',
      {},
      c => c.jwt[0]?.carriers,
      [{ kind: 'header', header: 'Authorization', scheme: 'Bearer' }],
    ],
    [
      'every kind of carrier',
      {
        jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { pemFile: p }, carriers: [{ header: Cf-Access-Jwt-Assertion }, { header: X-T, scheme: JWT }, { cookie: __Secure-lab }, { webSocketProtocol: base64url.bearer.authorization.k8s.io }] }]',
      },
      c => c.jwt[0]?.carriers,
      [
        { kind: 'header', header: 'Cf-Access-Jwt-Assertion', scheme: null },
        { kind: 'header', header: 'X-T', scheme: 'JWT' },
        { kind: 'cookie', cookie: '__Secure-lab' },
        { kind: 'webSocketProtocol', prefix: 'base64url.bearer.authorization.k8s.io' },
      ],
    ],
    [
      'rules and mappings',
      {
        jwt: "[{ issuer: { url: i, audiences: [a] }, keys: { pemFile: p }, claimValidationRules: [{ claim: hd, requiredValue: '' }], claimMappings: { username: { claim: sub, prefix: 'x:' } } }]",
      },
      ({ jwt: [one] }) => [one?.claimValidationRules, one?.claimMappings],
      [
        [{ claim: 'hd', requiredValue: '' }],
        { username: { claim: 'sub', prefix: 'x:' }, groups: { claim: 'groups', prefix: '' }, uid: null, extra: [] },
      ],
    ],
    [
      'sso',
      { sso: '[{ name: p, namespace: n, proxies: [10.0.0.1], headers: { username: X-U, constructor: X-C } }]' },
      c => c.sso,
      [
        {
          name: 'p',
          namespace: 'n',
          proxies: ['10.0.0.1'],
          headers: { username: 'X-U', groups: null, others: ['X-C'] },
          prefix: '',
          separator: ',',
          encoding: 'utf-8',
          maxAgeMs: 28_800_000,
          require: null,
          dangerouslyTrustAddressOnly: false,
        },
      ],
    ],
    [
      'second factors, and how long an assertion holds',
      {
        listen:
          '[{ address: 127.0.0.1:0, tls: { certFile: c, keyFile: k, clientCaFile: a, clientCertificate: request } }]',
        sso: '[{ name: p, namespace: n, proxies: [10.0.0.0/8], headers: { username: X-U }, maxAge: 9h, require: { sharedSecret: { header: X-S, files: [s, /t] }, clientCertificate: { subjectAltName: SSO.example } } }]',
      },
      c => [c.sso[0]?.maxAgeMs, c.sso[0]?.require],
      [
        32_400_000,
        {
          sharedSecret: { header: 'X-S', files: ['/etc/hubgate/s', '/t'] },
          clientCertificate: { subjectAltName: 'DNS:sso.example' },
        },
      ],
    ],
    ...[
      ['spiffe://lab/oauth2-proxy', 'URI:spiffe://lab/oauth2-proxy'],
      ['urn:lab:Proxy', 'URI:urn:lab:Proxy'],
      ['URI:Spiffe://Lab', 'URI:Spiffe://Lab'],
      ['ops@example.org', 'email:ops@example.org'],
      ['email:Ops@example.org', 'email:Ops@example.org'],
      ['DNS:A.b', 'DNS:a.b'],
    ].map(
      ([name, typed]): Written => [
        `the certificate's name ${name}`,
        {
          listen:
            '[{ address: 127.0.0.1:0, tls: { certFile: c, keyFile: k, clientCaFile: a, clientCertificate: require } }]',
          sso: `[{ name: p, namespace: n, proxies: [10.0.0.1], headers: { username: X-U }, require: { clientCertificate: { subjectAltName: '${name}' } } }]`,
        },
        c => c.sso[0]?.require?.clientCertificate?.subjectAltName,
        typed,
      ],
    ),
    [
      'two directories with prefixes',
      {
        jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { pemFile: p }, claimMappings: { username: { prefix: "j:" } } }]',
        sso: '[{ name: p, prefix: "s:", proxies: [127.0.0.1], headers: { username: X-U }, dangerouslyTrustAddressOnly: true }]',
        trust: '{ proxies: [127.0.0.0/8] }',
      },
      c => c.sso[0]?.prefix,
      's:',
    ],
    [
      'map keys that prototypes have',
      { user: '{ map: { constructor: alice, tostring: bob } }' },
      c => [...c.user.map],
      [
        ['constructor', 'alice'],
        ['tostring', 'bob'],
      ],
    ],
    [
      'names in NFC',
      { user: "{ unicode: true, map: { 'e\u0301': 'o\u0308' }, reserved: ['u\u0308'] }" },
      c => [...c.user.map, ...c.user.reserved],
      [['é', 'ö'], 'ü'],
    ],
    ["the pattern's default", {}, c => c.user.pattern, '^[a-z0-9][a-z0-9._-]{0,62}$'],
    [
      "the pattern's default for names beyond ASCII",
      { user: '{ unicode: true }' },
      c => c.user.pattern,
      String.raw`^[\p{Ll}\p{Lm}\p{Lo}\p{Nd}][\p{Ll}\p{Lm}\p{Lo}\p{M}\p{Nd}._-]{0,62}$`,
    ],
    [
      'alternations inside of groups',
      { user: "{ pattern: '^(a|[|$^])(\\|)?$' }" },
      c => c.user.pattern,
      '^(a|[|$^])(\\|)?$',
    ],
    [
      'injections',
      {
        inject:
          "{ user: { header: X-User }, mount: { from: { file: 'm/{user}.json' }, optional: true }, data: { State: { claim: s, paths: [/x] }, constructor: { claim: c } }, onSpoof: refuse }",
      },
      c => c.inject,
      {
        user: { header: 'X-User', headerFile: null, paths: null },
        mount: {
          header: 'Mount',
          headerFile: null,
          from: { kind: 'file', file: '/etc/hubgate/m/{user}.json' },
          keys: [],
          optional: true,
          paths: null,
        },
        data: [
          { header: 'State', from: { kind: 'claim', claim: 's' }, paths: ['/x'] },
          { header: 'constructor', from: { kind: 'claim', claim: 'c' }, paths: null },
        ],
        onSpoof: 'refuse',
      },
    ],
    [
      'a provider, and its defaults',
      {
        inject:
          "{ mount: { from: { url: 'https://M.example/{user}' }, keys: [PORT] }, data: { A: { url: 'http://m.example/{user}', dangerouslyAllowHttp: true, tokenFile: t, caFile: ca, timeout: 5s, cacheFor: 1m } } }",
      },
      c => [c.inject.mount?.from, c.inject.mount?.keys, c.inject.data[0]?.from],
      [
        {
          kind: 'url',
          url: 'https://m.example/{user}',
          tokenFile: null,
          caFile: null,
          timeoutMs: 2000,
          cacheForMs: 0,
        },
        ['PORT'],
        {
          kind: 'url',
          url: 'http://m.example/{user}',
          tokenFile: '/etc/hubgate/t',
          caFile: '/etc/hubgate/ca',
          timeoutMs: 5000,
          cacheForMs: 60_000,
        },
      ],
    ],
    [
      'a provider on loopback',
      { inject: "{ mount: { from: { url: 'http://127.0.0.1:9000/{user}' } } }" },
      c => c.inject.mount?.from.kind,
      'url',
    ],
    ['origins', { webSocket: '{ origins: [https://A.example:443] }' }, c => c.webSocket.origins, ['https://a.example']],
    [
      'how long WebSockets live',
      { webSocket: '{ pingInterval: 0s, closeOnExpiry: false, grace: 5m }' },
      ({ webSocket: { pingIntervalMs, closeOnExpiry, graceMs } }) => [pingIntervalMs, closeOnExpiry, graceMs],
      [0, false, 300_000],
    ],
    [
      'a mount in the clear at one’s own risk',
      {
        hub: '{ url: http://hub, authenticator: custom, dangerouslyPlainHub: true }',
        inject: '{ user: {}, mount: { from: { claim: m } } }',
      },
      c => c.inject.mount?.from,
      { kind: 'claim', claim: 'm' },
    ],
    [
      'an audit file',
      { log: '{ audit: a.log, format: pretty, level: debug }' },
      c => c.log,
      { level: 'debug', format: 'pretty', audit: { kind: 'file', file: '/etc/hubgate/a.log' } },
    ],
  ];
  for (const [rule, keys, part, expected] of rows) t.same(part(good(keys)), expected, rule);
});

test('variables stand inside of texts, and are text', async t => {
  const variable = (name: string): string => `$\{${name}}`;
  const yaml = `[a, b]: *c ${variable('HOST')}`;
  const config = good(
    {
      publicUrl: `https://${variable('HOST')}:${variable('PORT')}`,
      limits: `{ headers: '${variable('COUNT')}' }`,
      user: `{ reserved: ['${variable('YAML')}'] }`,
    },
    { HOST: 'h.example', PORT: '8443', COUNT: '7', YAML: yaml },
  );
  t.equal(config.publicUrl, 'https://h.example:8443');
  t.equal(config.limits.headers, 7);
  t.same(config.user.reserved, [yaml], 'no YAML and no variable is read in a value');
});

test('files are made absolute from where the config stands', async t => {
  const keys = {
    admin: '{ tokenFile: k }',
    jwt: '[{ issuer: { url: i, audiences: [a] }, keys: { pemFile: ../k.pem } }]',
    inject: "{ mount: { from: { file: '/m/{user}' } } }",
    log: '{ audit: a.log }',
  };
  const result = parseConfig(written(keys), '/etc/hubgate/proxy.yaml', {});
  t.match(result.ok && result.config, {
    admin: { tokenFile: '/etc/hubgate/k' },
    jwt: [{ keys: { file: '/etc/k.pem' } }],
    inject: { mount: { from: { file: '/m/{user}' } } },
    log: { audit: { file: '/etc/hubgate/a.log' } },
  });
});

test('warnings: allowed, but seldom meant', async t => {
  const keys = {
    publicUrl: 'http://hub.example.org',
    trust: '{ proxies: [] }',
    public: "['/a', '/**']",
    'hub.authenticator': 'custom',
    inject:
      "{ user: { header: X-User, paths: ['/**'] }, data: { A: { claim: a, paths: ['/**'] } }, mount: { from: { claim: m }, paths: ['/x', '/**'] } }",
  };
  const issuer = { jwt: '[{ issuer: { url: https://i, audiences: [a] }, keys: { jwksFile: k } }]' };
  const result = parseConfig(written({ ...keys, ...issuer }), 'f', {});
  const seen = "covers every path, servers of users included, expected exact paths: users' code will see the header";
  t.same(result.ok && result.warnings.map(formatProblem), [
    'f:1:12 publicUrl: is plain http off localhost, expected https: cookies and tokens cross in the clear',
    'f:4:10 trust.proxies: is empty, expected a CIDR: nobody may talk to the gate',
    'f:6:16 public[1]: asks nobody for a proof, expected narrower paths',
    `f:7:35 inject.user.paths: ${seen}`,
    `f:7:76 inject.data.A.paths: ${seen}`,
    `f:7:125 inject.mount.paths: ${seen}`,
  ]);
});

function warningsFor(keys: Record<string, string>): string[] {
  const jwt = '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k } }]';
  const result = parseConfig(written({ jwt, ...keys }), 'f', {});
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.warnings.map(formatProblem);
}

test('warnings, one rule at a time', async t => {
  const anyIssuer = (url: string): Record<string, string> => ({
    jwt: `[{ issuer: { url: '${url}', audiences: [a] }, keys: { jwksFile: k } }]`,
  });
  const wide = 'is wider than any network of your own, expected the ranges of your proxies';
  const odd = 'is no https URL, as most issuers are: it is compared to `iss` as a string, expected the very same one';
  const reader = { 'hub.authenticator': 'jhubauthenticators.HeaderAuthenticator' };
  const unread = 'is set, but no plugin of this preset reads it, expected another authenticator, or none of it';
  const nobodyShows =
    'lets nobody show a token, for all but Authorization is taken from trusted proxies alone, and trust.proxies is empty, expected a CIDR there, or { header: Authorization, scheme: Bearer } here';
  const othersShowNone =
    'lets other peers in with a token in Authorization, where no entry takes one, expected refuse, or a carrier { header: Authorization, scheme: Bearer } in jwt';
  const usersCode = "is below /user/ or /services/, expected a path of the hub: users' code reads the header there";
  const unfit = 'gives names that user.pattern refuses, expected a pattern for them, or names in user.map';
  const coding = { 'hub.authenticator': 'jhub_remote_auth_mount.RemoteUserAuthenticator' };
  const lost =
    'takes names beyond latin-1, which the plugin of this preset can not read: they are refused, expected a user.pattern without them';
  const unmatched =
    'admits ASCII alone, so that user.unicode changes nothing, expected none (there is a default for unicode), or letters beyond';
  const covers = (path: string): string =>
    `covers ${path}, where the identity is injected, expected narrower paths: a login there never gets a proof`;
  const unshared =
    'has no store beside it, so that a logout is known to this process alone, and not after a restart: there a copied cookie lives on as long as it is used, expected user.deny or revocation.file for whom a logout is not enough';
  const unbound =
    "is for browsers, and without session the hub's cookies are bound to nobody: to the hub, who comes next in a browser is who was there before; expected session.keyFiles beside it";
  const publicLogout =
    'covers /hub/logout, which has to know who logs out, expected narrower paths (with session it is never public; else it ends no WebSocket)';
  const bound = { session: '{ keyFiles: [k] }' };
  const handedOver = (more: string): string => `{ keyFiles: [k]${more}, handoff: { origins: [https://www.example] } }`;
  const rows: readonly (readonly [rule: string, keys: Record<string, string>, ...warnings: string[]])[] = [
    ['nothing to say', {}],
    ['a pattern of RE2', { user: "{ pattern: '^[a-z]+(?:[._-][a-z]+)*$' }" }],
    ['plain http on localhost is fine', { publicUrl: 'http://127.0.0.1:8000' }],
    [
      'plain http on localhost, where a listener has TLS',
      {
        publicUrl: 'http://127.0.0.1:8000',
        listen: "[{ address: 'a:1' }, { address: 'a:2', tls: { certFile: c, keyFile: k } }]",
      },
      'f:1:12 publicUrl: is plain http, but listen[1] has tls, expected https as browsers see it there',
    ],
    [
      'connections by address, where one listener knows none',
      { listen: "[{ address: 'a:1' }, { address: 'unix:/g.sock' }]", limits: '{ connectionsPerAddress: 9 }' },
      'f:6:34 limits.connectionsPerAddress: does not hold on listen[1], a Unix socket, expected 0, or TCP listeners alone: connections there have no address',
    ],
    ['a logout that nobody else knows of', { session: handedOver('') }, `f:6:1 session: ${unshared}`],
    [
      'of who comes with a code, too',
      { session: "{ keyFiles: [k], loginUrl: 'https://w.example/?n={url}' }" },
      `f:6:1 session: ${unshared}`,
    ],
    [
      'a session of days',
      { session: handedOver(', maxAge: 25h') },
      `f:6:1 session: ${unshared}`,
      'f:6:35 session.maxAge: is longer than a day, expected some hours: who has the cookie is the user that long, and it is renewed with each use',
    ],
    ['a logout of nobody', { public: "['/hub/static/**', '/hub/logout']" }, `f:6:28 public[1]: ${publicLogout}`],
    ['keys that bind cookies alone', { session: '{ keyFiles: [k] }' }],
    [
      'users of a browser who are one to the hub (S6)',
      { jwt: '[]', sso: '[{ name: s, proxies: [10.0.0.1], headers: { username: X-U } }]' },
      `f:6:1 sso: ${unbound}`,
    ],
    [
      'the same, by tokens that a proxy adds',
      {
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: Authorization, scheme: Bearer }, { header: X-T }] }]',
      },
      `f:5:84 jwt[0].carriers: ${unbound}`,
    ],
    [
      'users whom keys tell apart',
      { jwt: '[]', sso: '[{ name: s, proxies: [10.0.0.1], headers: { username: X-U } }]', ...bound },
    ],
    [
      'a mount of a provider, beside a session',
      {
        'hub.authenticator': 'jhubauthenticators.HeaderAuthenticator',
        session: '{ keyFiles: [k] }',
        inject: "{ mount: { from: { url: 'https://m.example/{user}' } } }",
      },
    ],
    ['a session of a day', { session: handedOver(', maxAge: 24h') }, `f:6:1 session: ${unshared}`],
    [
      'WebSockets that outlive their proof',
      { webSocket: '{ closeOnExpiry: false }' },
      'f:6:29 webSocket.closeOnExpiry: is false, expected true: who has a kernel open keeps it, however long ago the proof ended',
    ],
    ['connections by address, of all that listen', { limits: '{ connectionsPerAddress: 9, connections: 0 }' }],
    [
      'a part that the whole stops before',
      { limits: '{ connections: 100, connectionsPerAddress: 101, webSocketsPerUser: 100 }' },
      'f:6:52 limits.connectionsPerAddress: is never reached, expected at most limits.connections (100)',
    ],
    [
      'carriers that only proxies fill, where none is trusted',
      {
        trust: '{ proxies: [], others: bearerOnly }',
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: X-J }, { cookie: c }] }]',
        ...bound,
      },
      `f:5:84 jwt[0].carriers: ${nobodyShows}`,
    ],
    [
      'carriers that only proxies fill, where their socket is trusted',
      {
        trust: '{ proxies: [], unixPeers: true, others: bearerOnly }',
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: X-J }] }]',
        ...bound,
      },
      `f:4:48 trust.others: ${othersShowNone}`,
    ],
    [
      'other peers, and no token of theirs that is taken',
      {
        trust: '{ proxies: [10.0.0.0/8], others: bearerOnly }',
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: X-J }] }]',
        ...bound,
      },
      `f:4:41 trust.others: ${othersShowNone}`,
    ],
    [
      'other peers, and Authorization in one entry',
      {
        trust: '{ proxies: [10.0.0.0/8], others: bearerOnly }',
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, namespace: n, keys: { jwksFile: k }, carriers: [{ header: X-J }] }, { issuer: { url: https://j.example, audiences: [a] }, namespace: n, keys: { jwksFile: k }, carriers: [{ header: authorization, scheme: JWT }] }]',
        ...bound,
      },
    ],
    [
      "other peers, and the hub's own tokens",
      {
        'hub.apiTokens': 'forward',
        trust: '{ proxies: [10.0.0.0/8], others: bearerOnly }',
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: X-J }] }]',
        ...bound,
      },
    ],
    [
      'carriers that only proxies fill, from trusted ones',
      {
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, carriers: [{ header: X-J }] }]',
        ...bound,
      },
    ],
    ['a Unix socket, and no such limit', { listen: "[{ address: 'unix:/g.sock' }]" }],
    ['wide IPv4', { trust: '{ proxies: [10.0.0.0/8, 128.0.0.0/1] }' }, `f:4:32 trust.proxies[1]: ${wide}`],
    [
      'wide IPv6, but for the range of local networks',
      { trust: '{ proxies: ["fc00::/7", "fd00::/8", "2000::/3", "2001:db8::/32"] }' },
      `f:4:44 trust.proxies[2]: ${wide}`,
    ],
    ['an issuer that is no URL', anyIssuer('lab'), `f:5:24 jwt[0].issuer.url: ${odd}`],
    ['an issuer without a scheme', anyIssuer('sso.example.org'), `f:5:24 jwt[0].issuer.url: ${odd}`],
    ['an issuer in plain http', anyIssuer('http://sso.example.org'), `f:5:24 jwt[0].issuer.url: ${odd}`],
    ['an issuer in plain http on this machine', anyIssuer('http://127.0.0.1:5000/x')],
    ['no issuer', { jwt: '[{ issuer: { absent: true, audiences: [a] }, keys: { jwksFile: k } }]' }],
    [
      'identity where users’ code is',
      {
        ...reader,
        inject: '{ user: { paths: [/hub/login, /user/x, /users] }, data: { A: { claim: c, paths: [/services/s/] } } }',
      },
      `f:6:39 inject.user.paths[1]: ${usersCode}`,
      `f:6:90 inject.data.A.paths[0]: ${usersCode}`,
    ],
    [
      'a public login',
      { public: "[/hub/logo, '/hub/**', /hub/login, '/hub/login/**']" },
      `f:6:21 public[1]: ${covers('/hub/login')}`,
      `f:6:21 public[1]: ${publicLogout}`,
      `f:6:32 public[2]: ${covers('/hub/login')}`,
    ],
    [
      'public where the config injects',
      { public: '[/hub/login, /sign/in]', inject: '{ user: { paths: [/sign/in] } }' },
      `f:6:22 public[1]: ${covers('/sign/in')}`,
    ],
    ...[
      'jhub_remote_auth_mount.RemoteUserAuthenticator',
      'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
      'jhub_remote_user_authenticator.RemoteUserAuthenticator',
    ].map((preset): readonly [string, Record<string, string>, ...string[]] => [
      `a mount and data that ${preset} does not read`,
      { 'hub.authenticator': preset, inject: '{ mount: { from: { claim: m } }, data: { A: { claim: a } } }' },
      `f:6:11 inject.mount: ${unread}`,
      `f:6:42 inject.data: ${unread}`,
    ]),
    ...['jhubauthenticators.HeaderAuthenticator', 'custom'].map((preset): readonly [string, Record<string, string>] => [
      `a mount and data that ${preset} may read`,
      {
        'hub.authenticator': preset,
        inject: '{ user: { header: X-U }, mount: { from: { claim: m } }, data: { A: { claim: a } } }',
      },
    ]),
    ['names beyond ASCII, of a plugin that makes a code of them', { ...coding, user: '{ unicode: true }' }],
    [
      'names beyond ASCII, of a plugin that reads latin-1',
      { user: '{ unicode: true }' },
      `f:6:18 user.unicode: ${lost}`,
    ],
    [
      'letters of one script, of a plugin that reads latin-1',
      { ...reader, user: String.raw`{ unicode: true, pattern: '^\p{Script=Latin}+$' }` },
      `f:6:18 user.unicode: ${lost}`,
    ],
    [
      'names that latin-1 has, however they are written',
      { user: String.raw`{ unicode: true, pattern: '^[a-zß-öø-ÿ\u00e0\u{e1}\xe2\.]{1,30}$' }` },
    ],
    ...[String.raw`^[a-z.]{2,30}\.[\d\w]+$`, '^[a-z0-9][a-z0-9._-]{0,62}$'].map(
      (pattern): readonly [string, Record<string, string>, ...string[]] => [
        `names beyond ASCII that ${pattern} does not admit`,
        { ...coding, user: `{ unicode: true, pattern: '${pattern}' }` },
        `f:6:33 user.pattern: ${unmatched}`,
      ],
    ),
    ...[String.raw`^[^\s]+$`, '^.{1,30}$', String.raw`^\S+$`, '^[a-zé]+$', String.raw`^[\u0430-\u044f]+$`].map(
      (pattern): readonly [string, Record<string, string>] => [
        `names beyond ASCII that ${pattern} admits`,
        { ...coding, user: `{ unicode: true, pattern: '${pattern}' }` },
      ],
    ),
    [
      'a group that two directories can give (S5)',
      {
        jwt: "[{ issuer: { url: https://i.example, audiences: [a] }, keys: &k { jwksFile: k }, claimMappings: { username: { prefix: 'i-' } } }, { issuer: { url: https://j.example, audiences: [a] }, keys: *k, claimMappings: { username: { prefix: 'j-' }, groups: { prefix: 'j-' } } }]",
        user: '{ allow: { groups: [lab, j-lab] }, deny: { groups: [j-lab] } }',
      },
      "f:6:32 user.allow.groups[1]: can be given by more than one directory, expected a claimMappings.groups.prefix that keeps the others' apart",
    ],
    [
      'a group that a sign-in proxy of another directory asserts (S5)',
      {
        jwt: "[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, claimMappings: { username: { prefix: 'i-' }, groups: { prefix: 'i-' } } }]",
        sso: '[{ name: p, prefix: "s-", proxies: [10.0.0.1], headers: { username: X-U, groups: X-G } }]',
        ...bound,
        user: '{ allow: { groups: [lab, i-lab] } }',
      },
      "f:8:32 user.allow.groups[1]: can be given by more than one directory, expected a claimMappings.groups.prefix that keeps the others' apart",
    ],
    [
      'a group of one directory with two provers',
      {
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, namespace: n }]',
        sso: '[{ name: p, namespace: n, proxies: [10.0.0.1], headers: { username: X-U, groups: X-G } }]',
        ...bound,
        user: '{ allow: { groups: [lab] } }',
      },
    ],
    ...(
      [
        ['jhubauthenticators.HeaderAuthenticator', 'are refused unless user.map settles them'],
        ['jhub_remote_user_authenticator.RemoteUserAuthenticator', 'are refused unless user.map settles them'],
        ['jhub_remote_login.DataRemoteUserAuthenticator', 'are refused unless user.map settles them'],
        ['custom', 'may become one user with those in lower case'],
      ] as const
    ).map(([preset, fate]): readonly [string, Record<string, string>, ...string[]] => [
      `capital letters that ${preset} loses (M2)`,
      {
        'hub.authenticator': preset,
        user: "{ lowercase: false, pattern: '^[A-Za-z]+$' }",
        inject: '{ user: { header: Remote-User } }',
      },
      `f:6:36 user.pattern: admits capital letters, which tell no users apart at the hub, expected user.lowercase: true: such users ${fate}`,
    ]),
    [
      'capital letters beyond ASCII that custom loses (M2)',
      {
        'hub.authenticator': 'custom',
        user: String.raw`{ unicode: true, lowercase: false, pattern: '^\p{Script=Cyrillic}+$' }`,
        inject: '{ user: { header: X-U } }',
      },
      'f:6:51 user.pattern: admits capital letters, which tell no users apart at the hub, expected user.lowercase: true: such users may become one user with those in lower case',
    ],
    ...(
      [
        ['jhub_remote_login.DataRemoteUserAuthenticator', "'^[a-z.]+$'"],
        ['jhub_authenticators.DataRemoteUserAuthenticator', "'^[a-z]+_[a-z]+$'"],
        ['jhubauthenticators.DataRemoteUserAuthenticator', "'^[a-z]+@example[.]org$'"],
      ] as const
    ).map(([preset, pattern]): readonly [string, Record<string, string>, ...string[]] => [
      `characters in ${pattern} that ${preset} takes out (M2)`,
      { 'hub.authenticator': preset, user: `{ pattern: ${pattern} }` },
      'f:6:18 user.pattern: admits characters beside letters and digits, which the plugin of this preset takes out of names, expected ^[a-z0-9]{1,63}$: such users are refused unless user.map settles them',
    ]),
    ...['jhub_remote_login.RemoteUserAuthenticator@0.2.10', 'jhub_remote_login.RemoteUserLocalAuthenticator'].map(
      (preset): readonly [string, Record<string, string>, ...string[]] => [
        `${preset}, which can not log in by itself`,
        { 'hub.authenticator': preset, user: "{ pattern: '^[a-z]+$' }" },
        "f:3:51 hub.authenticator: logs nobody in by itself: its authenticate is not implemented, expected DataRemoteUserAuthenticator, or a subclass in the hub's configuration that implements it as that one does (hubgate init prints one)",
      ],
    ),
    ...(
      [
        ['{ header: X-U }', '27', 'header'],
        ['{ headerFile: name }', '31', 'headerFile'],
      ] as const
    ).map(([user, column, key]): readonly [string, Record<string, string>, ...string[]] => [
      `${key} of a plugin that reads Remote-User alone`,
      {
        'hub.authenticator': 'jhub_remote_login.DataRemoteUserAuthenticator',
        user: "{ pattern: '^[a-z]+$' }",
        inject: `{ user: ${user} }`,
      },
      `f:7:${column} inject.user.${key}: names a header that the plugin of this preset does not read, expected Remote-User: nobody logs in`,
    ]),
    [
      'Remote-User of a plugin that reads nothing else, in another spelling',
      {
        'hub.authenticator': 'jhub_authenticators.DataRemoteUserAuthenticator',
        user: "{ pattern: '^[a-z]+$' }",
        inject: '{ user: { header: remote-user, paths: [/hub/login] } }',
      },
    ],
    [
      'an identity header, a mount and data before a login form',
      {
        'hub.authenticator': 'jhub_remote_login.DummyAuthenticator',
        inject: '{ user: { header: X-U }, mount: { from: { claim: m } }, data: { A: { claim: a } } }',
      },
      `f:6:11 inject.user: ${unread}`,
      `f:6:34 inject.mount: ${unread}`,
      `f:6:65 inject.data: ${unread}`,
    ],
    [
      'data that the preset for mounts does not read',
      {
        'hub.authenticator': 'jhub_remote_auth_mount.MountRemoteUserAuthenticator',
        'hub.deliver': 'never',
        inject: '{ mount: { from: { claim: m } }, data: { A: { claim: a } } }',
      },
      `f:6:42 inject.data: ${unread}`,
    ],
    [
      'a mount that the preset for data does not read',
      {
        'hub.authenticator': 'jhub_authenticators.DataRemoteUserAuthenticator',
        'hub.deliver': 'never',
        user: "{ pattern: '^[a-z]+$' }",
        inject: '{ mount: { from: { claim: m } }, data: { A: { claim: a } } }',
      },
      `f:7:11 inject.mount: ${unread}`,
    ],
    [
      'capital letters that are encoded first',
      {
        'hub.authenticator': 'jhub_remote_auth_mount.RemoteUserAuthenticator',
        user: "{ lowercase: false, pattern: '^[A-Za-z]+$' }",
      },
    ],
    ['a pattern without capital letters', { ...reader, user: "{ lowercase: false, pattern: '^[a-z]+$' }" }],
    [
      'prefixes and addresses that the default pattern lets nobody in with',
      {
        jwt: "[{ issuer: { url: https://i.example, audiences: [a] }, keys: &k { jwksFile: k }, claimMappings: { username: { prefix: 'i:' } } }, { issuer: { url: https://j.example, audiences: [a] }, keys: *k, claimMappings: { username: { claim: email, prefix: j- } } }]",
        sso: '[{ name: p, prefix: "s/", proxies: [10.0.0.1], headers: { username: X-U } }, { name: q, prefix: "Q-", proxies: [10.0.0.1], headers: { username: X-V } }]',
        ...bound,
      },
      `f:5:104 jwt[0].claimMappings.username: ${unfit}`,
      `f:5:217 jwt[1].claimMappings.username: ${unfit}`,
      `f:6:26 sso[0].prefix: ${unfit}`,
    ],
    [
      'prefixes that fit the default pattern with unicode, and one that does not',
      {
        ...coding,
        jwt: "[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, claimMappings: { username: { prefix: 'É-' } } }]",
        sso: '[{ name: p, prefix: "ß/", proxies: [10.0.0.1], headers: { username: X-U } }]',
        ...bound,
        user: '{ unicode: true }',
      },
      `f:6:26 sso[0].prefix: ${unfit}`,
    ],
    [
      'addresses that user.map or a pattern of its own settles',
      {
        jwt: '[{ issuer: { url: https://i.example, audiences: [a] }, keys: { jwksFile: k }, claimMappings: { username: { claim: email } } }]',
        user: "{ pattern: '^[a-z@.]+$', allow: { users: [a@b.c] } }",
      },
    ],
    [
      'a Unix socket whose mode is said to be enough',
      {
        listen: "[{ address: 'unix:/s' }]",
        trust: '{ proxies: [10.0.0.1/32], unixPeers: true }',
        jwt: '[]',
        sso: '[{ name: p, proxies: [10.0.0.1], headers: { username: X-U }, dangerouslyTrustAddressOnly: true }]',
        ...bound,
      },
    ],
    [
      'PROXY headers that nobody may send',
      {
        listen: "[{ address: 'unix:/s', proxyProtocol: required }, { address: 'a:1', proxyProtocol: required }]",
        trust: '{ proxies: [], others: bearerOnly }',
      },
      'f:2:47 listen[0].proxyProtocol: lets nobody in, for PROXY headers are taken from trusted proxies alone, expected trust.unixPeers: true, or none',
      'f:2:92 listen[1].proxyProtocol: lets nobody in, for PROXY headers are taken from trusted proxies alone, expected a CIDR in trust.proxies, or none',
      'f:4:31 trust.others: lets other peers in, but every listener takes PROXY headers from trusted proxies alone, expected a listener with proxyProtocol: none for them',
    ],
    [
      'PROXY headers of trusted proxies, and another listener for the others',
      {
        listen:
          "[{ address: 'unix:/s', proxyProtocol: required }, { address: 'a:1', proxyProtocol: required }, { address: 'a:2', proxyProtocol: none }]",
        trust: '{ proxies: [10.0.0.1], others: bearerOnly, unixPeers: true }',
      },
    ],
    [
      'a balancer that passes on no sign-in proxy (T5)',
      {
        listen: "[{ address: 'a:1', proxyProtocol: required }]",
        trust: '{ proxies: [10.0.0.1/32, 10.0.0.2/32] }',
        jwt: '[]',
        sso: '[{ name: p, namespace: n, proxies: [10.0.0.1], headers: { username: X-U } }, { name: q, namespace: n, proxies: [10.0.0.1, 10.0.0.2], headers: { username: X-U }, dangerouslyTrustAddressOnly: true }]',
        ...bound,
      },
      'f:6:32 sso[0].proxies: asserts nobody where each connection has a PROXY header that names somebody else, expected the balancer and the sign-in proxy behind it, or a listener with proxyProtocol: none',
    ],
    [
      'all is injected, some is public',
      { ...reader, public: '[/x]', inject: '{ mount: { from: { claim: m }, paths: [/x] } }' },
    ],
  ];
  for (const [rule, keys, ...warnings] of rows) t.same(warningsFor(keys), warnings, rule);
});

test('problems found later stand at their key', async t => {
  const result = parseConfig(written({}), 'f', {});
  t.equal(
    result.ok && formatProblem(result.problemAt(['jwt', 0, 'keys', 'jwksFile'], 'm')),
    'f:5:63 jwt[0].keys.jwksFile: m',
  );
});

test('a file is read; one that can not be is a problem', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-config-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'proxy.yaml');
  const crlf = written({}).replaceAll('\n', '\r\n');
  writeFileSync(file, `\uFEFF${crlf}`);
  const result = loadConfig(file, {});
  t.ok(result.ok, 'a byte order mark and CRLF are no problem');
  const digest = createHash('sha256').update(crlf).digest('hex');
  t.equal(result.ok && result.digest, digest, 'the text is named, as sha256sum would');
  writeFileSync(file, Buffer.from('publicUrl: \xff', 'latin1'));
  const why = (path: string): string[] => {
    const bad = loadConfig(path, {});
    return bad.ok ? [] : bad.problems.map(({ message }) => message);
  };
  t.same(why(file), ['is no UTF-8 text, expected a config file']);
  t.same(why(join(folder, 'none')), ['can not be read (ENOENT), expected a config file']);
  t.same(why(folder), ['can not be read (EISDIR), expected a config file']);
  t.same(why('/dev/zero'), ['can not be read (ERR_FS_FILE_TOO_LARGE), expected a config file']);
  t.equal(loadConfig('x', {}, () => written({})).ok, true, 'reading is the asker’s to choose');
});

test('suggestions', async t => {
  const known = ['publicUrl', 'trust', 'jwt', 'sso', 'jwksUrl'];
  const rows = [
    ['publicURL', 'publicUrl'],
    ['public_url', 'publicUrl'],
    ['turst', 'trust'],
    ['jw', 'jwt'],
    ['jkwsUrl', 'jwksUrl'],
    ['jwks', 'jwksUrl'],
    ['trusted', 'trust'],
    ['banana', null],
    ['', null],
    ['x'.repeat(100_000), null],
  ] as const;
  for (const [word, meant] of rows) t.equal(didYouMean(word, known), meant, word.slice(0, 20));
});

test('paths are written as in the file', async t => {
  t.equal(formatPath(['jwt', 0, 'keys', 'jwksUrl']), 'jwt[0].keys.jwksUrl');
  t.equal(formatPath(['user', 'map', 'a@b\nc']), 'user.map["a@b\\nc"]', 'a problem is one line');
  t.equal(formatPath(['x'.repeat(100)]), `["${'x'.repeat(60)}…"]`);
});
