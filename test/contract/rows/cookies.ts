/** Which cookie goes where (H14, H15, M6; design 4.5). */
import type { RequestRow } from '../row.ts';
import { asAlice, host } from './lines.ts';

function cookies(rule: string, path: string, sent: readonly string[], kept: string): RequestRow {
  return {
    title: `${rule} on ${path}`,
    head: asAlice(`GET ${path}`, ...sent.map(value => `Cookie: ${value}`)),
    expect: { forward: [`GET ${path}`, host, '{forwarding 127.0.0.1}', ...(kept === '' ? [] : [`Cookie: ${kept}`])] },
  };
}

const identities = [
  'username=root',
  'token=stolen',
  'USERNAME=root',
  'Token=stolen',
  ' username = root',
  'username',
  '"username"=root',
  'user\x7fname=root',
  'username%3droot',
  'username%3Droot=x',
  '%75sername=root',
  '$Version=1,username=root',
  '$Version="1" username="root"',
  'a="b, username=root"',
  'a=b username=root',
  '\xa0username=root',
  '\x85token=root',
  '=username=root',
  '__Host-hubgate-0a1b2c3d=x',
  '__Secure-hubgate-x=x',
  'hubgate-state=x',
  '_oauth2_proxy=x',
  '_oauth2_proxy_csrf=x',
  '__Host-_oauth2_proxy_1=x',
  'mod_auth_openidc_session=x',
  '_shibsession_64656661756c74=x',
  'authelia_session=x',
  'authentik_session=x',
  'AWSELBAuthSessionCookie-0=x',
  'GCP_IAAP_AUTH_TOKEN_1=x',
  'CF_Authorization=x',
  '__Host-GCP_IAP_AUTH_TOKEN_0123456789ABCDEF=x',
  '__Secure-authelia_session=x',
  '__host-mod_auth_openidc_session=x',
  '__Http-hubgate-0a1b2c3d=x',
  '__Host-Http-hubgate-0a1b2c3d=x',
  '__http-_oauth2_proxy=x',
  '__HOST-HTTP-authelia_session=x',
  'AppServiceAuthSession=x',
  'authservice_session=x',
  'mellon-cookie=x',
  'MOD_AUTH_CAS_S=x',
  '_forward_auth_csrf=x',
  'BearerToken=x',
  'IdToken-5f93c2e4=x',
];

const identityRows = identities.map((text): RequestRow => {
  const row = cookies(
    `takes off the cookie ${JSON.stringify(text)} (H14)`,
    '/user/alice/lab',
    [`a=1; ${text}; b=2`],
    'a=1; b=2',
  );
  return text.includes('\x7f') ? { ...row, expect: { refuse: 'request-ambiguous', status: 400 } } : row;
});

/** Rows on cookies. */
export const cookieRows: readonly RequestRow[] = [
  ...identityRows,
  cookies(
    'takes them off every Cookie line (H14)',
    '/hub/login-other',
    ['a=1', 'username=root', 'token=x; b=2'],
    'a=1; b=2',
  ),
  cookies(
    'keeps repeats of _xsrf and the order (H15)',
    '/hub/home',
    ['_xsrf=evil; _xsrf="2|a|b|c"; jupyterhub-session-id=s'],
    '_xsrf=evil; _xsrf="2|a|b|c"; jupyterhub-session-id=s',
  ),
  cookies(
    'sends the hub its login',
    '/hub/home',
    ['jupyterhub-hub-login="2|1:0"; jupyterhub-session-id=s'],
    'jupyterhub-hub-login="2|1:0"; jupyterhub-session-id=s',
  ),
  cookies(
    'sends the hub its login in its __Host- form',
    '/',
    ['__Host-jupyterhub-hub-login=x'],
    '__Host-jupyterhub-hub-login=x',
  ),
  cookies(
    'sends no server the login of the hub',
    '/user/alice/lab',
    ['__Host-jupyterhub-hub-login=x; jupyterhub-hub-login=y; JupyterHub-Hub-Login=z; jupyterhub-session-id=s'],
    'jupyterhub-session-id=s',
  ),
  cookies(
    'sends no server the login of the hub behind any prefix that browsers know',
    '/user/alice/lab',
    ['__Http-jupyterhub-hub-login=x; __Host-Http-jupyterhub-hub-login=y; __Secure-jupyterhub-hub-login=z; a=1'],
    'a=1',
  ),
  cookies(
    "sends a server its own user's cookies behind any of them, and nobody else's",
    '/user/alice/lab',
    [
      '__Http-jupyterhub-user-alice=a; __Host-Http-jupyterhub-user-alice=b; __Http-jupyterhub-user-bob=c; __host-http-jupyterhub-user-bob=d',
    ],
    '__Http-jupyterhub-user-alice=a; __Host-Http-jupyterhub-user-alice=b',
  ),
  cookies('sends no service the login of the hub', '/services/x/', ['__Host-jupyterhub-hub-login=x'], ''),
  cookies(
    "sends a server its own user's cookies",
    '/user/alice/lab',
    [
      'jupyterhub-user-alice=a; __Host-jupyterhub-user-alice=b; jupyterhub-user-alice-oauth-state=c; jupyterhub-user-alice-oauth-state-x1=d',
    ],
    'jupyterhub-user-alice=a; __Host-jupyterhub-user-alice=b; jupyterhub-user-alice-oauth-state=c; jupyterhub-user-alice-oauth-state-x1=d',
  ),
  cookies(
    "sends a server no other user's cookies",
    '/user/alice/lab',
    [
      'jupyterhub-user-bob=b; __Host-jupyterhub-user-bob=b; JUPYTERHUB-USER-BOB=b; jupyterhub-user-alicex=b; jupyterhub-user-=b',
    ],
    '',
  ),
  cookies(
    'sends a named server its own',
    '/user/alice/gpu/lab',
    ['jupyterhub-user-alice-gpu=a; jupyterhub-user-alice-cpu=b; jupyterhub-user-alice=c'],
    'jupyterhub-user-alice-gpu=a; jupyterhub-user-alice=c',
  ),
  cookies(
    'reads an escaped name',
    '/user/a%40b/lab',
    ['jupyterhub-user-a%40b=a; jupyterhub-user-a=b'],
    'jupyterhub-user-a%40b=a',
  ),
  cookies(
    "sends no server's cookie where the server's name can be read in two ways",
    '/user/alice/a%2Fgpu',
    ['jupyterhub-user-alice-a%2Fgpu=a; jupyterhub-user-alice-a=b; c=d'],
    'c=d',
  ),
  cookies(
    'sends a service its own',
    '/services/who/',
    ['service-who=a; service-who-oauth-state=b; service-other=c; __Host-service-other=d'],
    'service-who=a; service-who-oauth-state=b',
  ),
  cookies("sends no server a service's", '/user/who/', ['service-who=a'], ''),
  cookies(
    "sends the hub no server's and no service's",
    '/hub/home',
    ['jupyterhub-user-alice=a; service-who=b; c=d'],
    'c=d',
  ),
  cookies(
    'drops a crumb that some parser reads as another cookie',
    '/user/alice/lab',
    ['a="x; jupyterhub-user-bob=b"; b="y jupyterhub-hub-login=z"; c=1'],
    'a="x; c=1',
  ),
  cookies(
    'drops empty crumbs and keeps odd ones byte for byte',
    '/user/alice/lab',
    [';; a ;  b="\xe9"; =c;'],
    'a; b="\xe9"; =c',
  ),
  cookies('sends no Cookie line where nothing is left', '/user/alice/lab', ['username=root'], ''),
];
