/** Tokens beside Authorization: named headers, cookies and WebSocket subprotocols (J13, H10, H14, P12). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../configs.ts';
import type { RequestRow } from '../row.ts';
import { alice, atHub, handshake, handshakeAtHub, host } from './lines.ts';

const login = 'GET /hub/login';
const lab = 'GET /user/alice/lab';
const channels = 'GET /user/alice/api/kernels/k/channels';
const k8s = 'base64url.bearer.authorization.k8s.io';
const kernel = 'v1.kernel.websocket.jupyter.org';
const ours = 'Origin: https://hub.example';

interface More {
  readonly requestLine?: string;
  readonly config?: ConfigName;
  readonly peer?: string;
  readonly spoofed?: readonly string[];
}

function head(requestLine: string, fields: readonly string[]): string[] {
  return [`${requestLine} HTTP/1.1`, host, ...fields];
}

/** A login that the hub gets as alice's, with nothing of the token. */
function proves(rule: string, fields: readonly string[], { config = 'carriers', ...more }: More = {}): RequestRow {
  const { requestLine: _, peer, spoofed } = more;
  const forward =
    peer === undefined
      ? atHub(login, [], ['Remote-User: alice'])
      : [login, host, `{forwarding ${peer}}`, 'Remote-User: alice'];
  return {
    title: `proves by ${rule} (J13)`,
    config,
    head: head(login, fields),
    expect: { forward },
    ...(peer === undefined ? {} : { peer }),
    ...(spoofed === undefined ? {} : { spoofed }),
  };
}

const statuses: Partial<Record<ReasonId, number>> = {
  'request-ambiguous': 400,
  'credentials-disagree': 400,
  'header-spoofed': 400,
  'origin-refused': 403,
  'peer-untrusted': 403,
};

function refuses(rule: string, reason: ReasonId, fields: readonly string[], more: More = {}): RequestRow {
  const { requestLine = login, config = 'carriers', peer } = more;
  return {
    title: `refuses ${rule} (J13)`,
    config,
    head: head(requestLine, fields),
    expect: { refuse: reason, status: statuses[reason] ?? 401 },
    ...(peer === undefined ? {} : { peer }),
  };
}

function protocols(...elements: readonly string[]): string {
  return `Sec-WebSocket-Protocol: ${elements.join(', ')}`;
}

const tokenProtocol = `${k8s}.{encoded-alice}`;

/** A handshake that goes on with these lines beside its own. */
function opens(rule: string, fields: readonly string[], passing: readonly string[]): RequestRow {
  return {
    title: `opens a WebSocket ${rule} (P12)`,
    config: 'carriers',
    head: head(channels, [...handshake, ...fields]),
    expect: { forward: atHub(channels, [...handshakeAtHub, ...passing]), protocol: 'websocket' },
  };
}

function shuts(rule: string, reason: ReasonId, fields: readonly string[], peer?: string): RequestRow {
  return {
    title: `opens no WebSocket ${rule} (P12)`,
    config: 'carriers',
    head: head(channels, [...handshake, ...fields]),
    expect: { refuse: reason, status: statuses[reason] ?? 401 },
    ...(peer === undefined ? {} : { peer }),
  };
}

/** A request to a server, which gets neither token nor carrier. */
function toServer(rule: string, fields: readonly string[], behind: readonly string[] = []): RequestRow {
  return {
    title: `keeps ${rule} from servers (H14)`,
    config: 'carriers',
    head: head(lab, [alice, ...fields]),
    expect: { forward: atHub(lab, [], behind) },
  };
}

const proving: readonly RequestRow[] = [
  proves('a header of its own', ['X-Lab-Assertion: {alice}']),
  proves('a header of its own in any case', ['x-lab-ASSERTION: {alice}']),
  proves('a header with a scheme', ['X-Lab-Token: Lab {alice}']),
  proves('a header with a scheme in any case', ['X-Lab-Token: lAB {alice}']),
  proves('another scheme of Authorization', ['Authorization: JWT {alice}']),
  proves('a cookie', ['Cookie: lab_jwt={alice}']),
  proves('a cookie among others', ['Cookie: LAB_JWT=x; lab_jwt={alice}; "lab_jwt=x"; lab%5fjwt=y']),
  proves("a balancer's header", ['X-Goog-IAP-JWT-Assertion: {balanced}'], { spoofed: [] }),
  proves("a balancer's header, which is no spoof", ['X-Goog-IAP-JWT-Assertion: {balanced}'], {
    config: 'strictCarriers',
    spoofed: [],
  }),
  proves("a balancer's header alone", ['X-Goog-IAP-JWT-Assertion: {balanced}', 'Authorization: Bearer {bob}'], {
    config: 'behindBalancer',
  }),
  proves('the same token in every carrier', [
    alice,
    'X-Lab-Assertion: {alice}',
    'X-Lab-Token: Lab {alice}',
    'Cookie: lab_jwt={alice}',
  ]),
  proves(
    'a token beside the assertion of the same user',
    ['Cookie: lab_jwt={alice}', 'X-Auth-Request-Preferred-Username: alice'],
    {
      peer: '127.0.0.3',
    },
  ),
  proves(
    'Authorization of a stranger, whose other carriers are nothing',
    [alice, 'X-Lab-Assertion: {bob}', 'Cookie: lab_jwt={bob}'],
    { peer: '127.0.0.2', spoofed: ['x-lab-assertion'] },
  ),
];

const byCookie = 'Cookie: lab_jwt={alice}';
const byHeader = 'X-Lab-Assertion: {alice}';

/** Another user's token under a name that some parser takes for a carrier's: it proves nothing, and never goes up (H2, H14). */
const besideAnother: readonly RequestRow[] = [
  proves("a cookie beside another's token in the header misspelt", [byCookie, 'X_Lab_Assertion: {bob}'], {
    spoofed: ['x-lab-assertion'],
  }),
  proves("a cookie behind another's token in the header misspelt", ['x.lab.assertion: {bob}', byCookie], {
    spoofed: ['x-lab-assertion'],
  }),
  proves("a cookie beside another's in capitals", [`${byCookie}; LAB_JWT={bob}`]),
  proves("a cookie beside another's that is quoted whole", [`${byCookie}; "lab_jwt={bob}"`]),
  proves("a cookie beside another's whose name is quoted", [`${byCookie}; "lab_jwt"={bob}`]),
  proves("a cookie behind another's whose name is percent-encoded", ['Cookie: lab%5Fjwt={bob}; lab_jwt={alice}']),
  proves("Authorization beside another's token in HTTP-X-Lab-Assertion", [alice, 'HTTP-X-Lab-Assertion: {bob}'], {
    spoofed: ['http-x-lab-assertion'],
  }),
  proves("Authorization beside another's token in HTTP_X_LAB_TOKEN", [alice, 'HTTP_X_LAB_TOKEN: Lab {bob}'], {
    spoofed: ['http-x-lab-token'],
  }),
  proves(
    'a header that Keep-Alive names, beside a name',
    [byHeader, 'Remote-User: root', 'Keep-Alive: X-Lab-Assertion'],
    {
      spoofed: ['remote-user'],
    },
  ),
  refuses('Authorization and the cookie of another', 'credentials-disagree', ['Cookie: lab_jwt={bob}', alice]),
];

const refusing: readonly RequestRow[] = [
  refuses('a token of another issuer in the header', 'token-issuer', ['X-Lab-Assertion: {balanced}']),
  refuses("another issuer's token in the balancer's header (H10)", 'token-issuer', [
    'X-Goog-IAP-JWT-Assertion: {alice}',
  ]),
  refuses("the balancer's token in Authorization (H10)", 'token-issuer', ['Authorization: Bearer {balanced}']),
  refuses("the balancer's token in the cookie (H10)", 'token-issuer', ['Cookie: lab_jwt={balanced}']),
  refuses('one token in two carriers, of which its issuer lists one', 'token-issuer', [
    'X-Goog-IAP-JWT-Assertion: {balanced}',
    'X-Lab-Assertion: {balanced}',
  ]),
  refuses('tokens of two users in two carriers', 'credentials-disagree', [alice, 'Cookie: lab_jwt={bob}']),
  refuses('two headers that disagree', 'credentials-disagree', [
    'X-Lab-Assertion: {alice}',
    'X-Goog-IAP-JWT-Assertion: {balanced-bob}',
  ]),
  refuses('two tokens of one user in two carriers', 'credentials-disagree', [
    alice,
    'X-Goog-IAP-JWT-Assertion: {balanced}',
  ]),
  refuses('a good token beside an expired one', 'credentials-disagree', [alice, 'Cookie: lab_jwt={expired}']),
  refuses(
    "a token beside another user's assertion",
    'credentials-disagree',
    ['Cookie: lab_jwt={bob}', 'X-Auth-Request-Preferred-Username: alice'],
    { peer: '127.0.0.3' },
  ),
  refuses('the header twice', 'request-ambiguous', ['X-Lab-Assertion: {alice}', 'x-lab-assertion: {alice}']),
  refuses('the cookie twice in a line', 'request-ambiguous', ['Cookie: lab_jwt={alice}; lab_jwt={alice}']),
  refuses('the cookie twice in two lines', 'request-ambiguous', [
    'Cookie: lab_jwt={alice}',
    'Cookie: a=b; lab_jwt={bob}',
  ]),
  refuses('two tokens joined', 'token-malformed', ['X-Lab-Assertion: {alice}, {alice}']),
  refuses('a scheme where none is listed', 'token-malformed', ['X-Lab-Assertion: Bearer {alice}']),
  refuses('no scheme where one is listed', 'token-malformed', ['X-Lab-Token: {alice}']),
  refuses('another scheme than the one that is listed', 'token-malformed', ['X-Lab-Token: Bearer {alice}']),
  refuses('two spaces behind the scheme of a header', 'token-malformed', ['X-Lab-Token: Lab  {alice}']),
  refuses('an opaque token in a carrier', 'token-malformed', ['X-Lab-Assertion: {hub-alice}']),
  refuses('an empty carrier', 'token-malformed', ['X-Lab-Assertion:']),
  refuses('an empty cookie', 'token-malformed', ['Cookie: lab_jwt=']),
  refuses('a quoted cookie', 'token-malformed', ['Cookie: lab_jwt="{alice}"']),
  refuses('a cookie with a space before its value', 'token-malformed', ['Cookie: lab_jwt= {alice}']),
  refuses('a cookie with a space before the sign', 'token-malformed', ['Cookie: lab_jwt ={alice}']),
  refuses('a padded token of an issuer that pads none', 'token-malformed', ['X-Lab-Assertion: {alice}=']),
  refuses('an encrypted token in a cookie', 'token-malformed', ['Cookie: lab_jwt={encrypted}']),
  refuses('a bound token in a cookie', 'token-bound', ['Cookie: lab_jwt={bound}']),
  refuses('an expired token in a cookie', 'token-expired', ['Cookie: lab_jwt={expired}']),
  refuses('a forged token in a header', 'token-signature', ['X-Lab-Assertion: {forged}']),
  refuses('the cookie in other spellings alone', 'credential-missing', [
    'Cookie: LAB_JWT={alice}; "lab_jwt"={alice}; lab%5Fjwt={alice}; $Version=1, lab_jwt={alice}',
  ]),
  refuses('a token in the query', 'credential-missing', [], { requestLine: 'GET /hub/home?lab_jwt={alice}' }),
  refuses("a stranger's header", 'credential-missing', ['X-Lab-Assertion: {alice}'], { peer: '127.0.0.2' }),
  refuses("a stranger's cookie", 'credential-missing', ['Cookie: lab_jwt={alice}'], { peer: '127.0.0.2' }),
  refuses('another spelling of the header', 'credential-missing', ['X_Lab_Assertion: {alice}']),
  refuses('a stranger to carriers', 'peer-untrusted', ['X-Lab-Assertion: {alice}'], {
    peer: '127.0.0.2',
    config: 'strictCarriers',
  }),
  refuses('another spelling of the header as a spoof', 'header-spoofed', [alice, 'X_Lab.Assertion: {alice}'], {
    config: 'strictCarriers',
  }),
  refuses('a Connection that names a carrier', 'request-ambiguous', [
    'Connection: X-Lab-Assertion',
    'X-Lab-Assertion: {alice}',
  ]),
  refuses('a token in Authorization where only a balancer brings them', 'credential-missing', [alice], {
    config: 'behindBalancer',
  }),
];

/** Behind the proof, in the order in which the gate writes them: the forwarding family, then Authorization and Cookie. */
const withHubToken = ['Authorization: token {hub-alice}'];

const keeping: readonly RequestRow[] = [
  toServer('headers that carry tokens', ['X-Lab-Assertion: {alice}', 'X-Lab-Token: Lab {alice}']),
  toServer('other spellings of them', ['X_Lab_Assertion: {bob}', 'HTTP_X_LAB_TOKEN: {bob}', 'x.lab.assertion: {bob}']),
  toServer(
    'tokens in cookies without a name',
    ['Cookie: a=1; {alice}; ={alice}; "{alice}"; b=2'],
    ['Cookie: a=1; b=2'],
  ),
  toServer('the cookie', ['Cookie: a=1; lab_jwt={alice}; b=2'], ['Cookie: a=1; b=2']),
  toServer(
    'the cookie in other spellings',
    ['Cookie: a=1; LAB_JWT={bob}; "lab_jwt"={bob}; $Version=1, lab_jwt={bob}; lab%5Fjwt={bob}; c="x, lab_jwt={bob}"'],
    ['Cookie: a=1'],
  ),
  {
    title: 'takes a token in a cookie and the hub token of the page beside it, as JupyterLab sends them (H14)',
    config: 'carriers',
    head: head(lab, ['Cookie: lab_jwt={alice}; b=2', 'Authorization: token {hub-alice}']),
    expect: { forward: atHub(lab, [], [...withHubToken, 'Cookie: b=2']) },
  },
  {
    title: "takes a balancer's token and the hub token of the page beside it (H10)",
    config: 'behindBalancer',
    head: head(lab, ['X-Goog-IAP-JWT-Assertion: {balanced}', 'Authorization: token {hub-alice}']),
    expect: { forward: atHub(lab, [], withHubToken) },
  },
  {
    title: "refuses another user's hub token beside a token in a cookie (S6)",
    config: 'carriers',
    head: head(lab, ['Cookie: lab_jwt={alice}', 'Authorization: token {hub-bob}']),
    expect: { refuse: 'credentials-disagree', status: 400 },
  },
  {
    title: 'refuses a query that repeats the token of the cookie (M6)',
    config: 'carriers',
    head: head(`${lab}?token={alice}`, ['Cookie: lab_jwt={alice}']),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'asks no proof on a public path, and sends no carrier up',
    config: 'carriers',
    head: head('GET /user/site/open/x', ['X-Lab-Assertion: {expired}', 'Cookie: lab_jwt={forged}; a=b']),
    expect: { forward: atHub('GET /user/site/open/x') },
  },
];

const crossSite = ['Sec-Fetch-Site: cross-site'];

/** Methods and sites (RFC 6265bis §8.8); what hubs of some versions need besides is rows of their own. */
const forms: readonly RequestRow[] = [
  refuses(
    'a form of another site whose proof is a cookie',
    'origin-refused',
    ['Cookie: lab_jwt={alice}', 'Content-Length: 0', ...crossSite],
    { requestLine: 'POST /user/alice/form' },
  ),
  ...(
    [
      [
        'a form of a sibling site whose proof is a cookie',
        'POST /user/alice/form',
        'Cookie: lab_jwt={alice}',
        'same-site',
      ],
      ['a page of another site whose proof is a cookie', 'GET /hub/home', 'Cookie: lab_jwt={alice}', 'cross-site'],
      [
        "a form of another site whose proof is a balancer's",
        'POST /user/alice/form',
        'X-Lab-Assertion: {alice}',
        'cross-site',
      ],
      ['a form of another site whose proof is in Authorization too', 'POST /user/alice/form', alice, 'cross-site'],
    ] as const
  ).map(
    ([rule, requestLine, proof, site]): RequestRow => ({
      title: `takes ${rule}`,
      config: 'carriers',
      head: head(requestLine, [
        proof,
        `Sec-Fetch-Site: ${site}`,
        ...(requestLine.startsWith('POST') ? ['Content-Length: 0'] : []),
      ]),
      expect: {
        forward: atHub(requestLine, [`Sec-Fetch-Site: ${site}`]),
        ...(requestLine.startsWith('POST') ? { body: 'stream' as const } : {}),
      },
    }),
  ),
];

/** From the sign-in proxy, which asserts the same user. */
function asserted(
  title: string,
  requestLine: string,
  fields: readonly string[],
  expect: RequestRow['expect'],
): RequestRow {
  const user = 'X-Auth-Request-Preferred-Username: alice';
  return { title, config: 'carriers', peer: '127.0.0.3', head: head(requestLine, [user, ...fields]), expect };
}

const fromSso = (requestLine: string, passing: readonly string[]): string[] => [
  requestLine,
  host,
  ...passing,
  '{forwarding 127.0.0.3}',
];

const both: readonly RequestRow[] = [
  asserted(
    'opens a WebSocket for a token in the subprotocol beside an assertion, without Origin (P12)',
    channels,
    [...handshake, protocols(tokenProtocol, kernel)],
    { forward: fromSso(channels, [...handshakeAtHub, protocols(kernel)]), protocol: 'websocket' },
  ),
  asserted(
    'opens no WebSocket for a token in a cookie beside an assertion, without Origin (P12)',
    channels,
    [...handshake, 'Cookie: lab_jwt={alice}'],
    { refuse: 'origin-refused', status: 403 },
  ),
  asserted(
    'takes a form of another site whose proof is an assertion too, as with the assertion alone',
    'POST /user/alice/form',
    ['Cookie: lab_jwt={alice}', 'Content-Length: 0', ...crossSite],
    { forward: fromSso('POST /user/alice/form', crossSite), body: 'stream' },
  ),
];

const kernelLine = protocols(kernel);

const opening: readonly RequestRow[] = [
  opens('for a token in the subprotocol without Origin', [protocols(tokenProtocol, kernel)], [kernelLine]),
  opens('for a token in the subprotocol with our Origin', [protocols(kernel, tokenProtocol), ours], [kernelLine, ours]),
  opens('for a token in a subprotocol of its own line', [protocols(kernel), protocols(tokenProtocol)], [kernelLine]),
  opens(
    'with the other subprotocols in order',
    [protocols('x', tokenProtocol, kernel, 'y')],
    [protocols('x', kernel, 'y')],
  ),
  opens('for the same token in Authorization too', [alice, protocols(tokenProtocol, kernel)], [kernelLine]),
  opens(
    'for the same token in a cookie too',
    ['Cookie: lab_jwt={alice}', protocols(tokenProtocol, kernel)],
    [kernelLine],
  ),
  opens('for a token in a cookie with our Origin', ['Cookie: lab_jwt={alice}', ours], [ours]),
  opens('for a token in a header with our Origin', ['X-Lab-Assertion: {alice}', ours], [ours]),
  opens('for a token in Authorization and a cookie', [alice, 'Cookie: lab_jwt={alice}'], []),
  opens(
    'with subprotocols that only look alike',
    [alice, protocols(k8s, `x${tokenProtocol}`)],
    [protocols(k8s, `x${tokenProtocol}`)],
  ),
  opens('without another spelling of the field', [alice, `Sec_WebSocket_Protocol: ${tokenProtocol}, x`], []),
  {
    title: 'opens a WebSocket for a stranger with Authorization, without the subprotocol (P12)',
    config: 'carriers',
    peer: '127.0.0.2',
    head: head(channels, [...handshake, alice, protocols(`${k8s}.{encoded-bob}`, kernel)]),
    expect: {
      forward: [channels, host, ...handshakeAtHub, kernelLine, '{forwarding 127.0.0.2}'],
      protocol: 'websocket',
    },
  },
  {
    title: 'opens a public WebSocket without the token in its subprotocol (P12)',
    config: 'carriers',
    head: head('GET /user/site/open/ws', [...handshake, protocols(tokenProtocol, kernel)]),
    expect: { forward: atHub('GET /user/site/open/ws', [...handshakeAtHub, kernelLine]), protocol: 'websocket' },
  },
];

const shutting: readonly RequestRow[] = [
  shuts('for a token in the subprotocol of a foreign page', 'origin-refused', [
    protocols(tokenProtocol, kernel),
    'Origin: https://evil',
  ]),
  shuts('for a token in the subprotocol of no page', 'origin-refused', [
    protocols(tokenProtocol, kernel),
    'Origin: null',
  ]),
  shuts('for a token in a cookie without Origin', 'origin-refused', ['Cookie: lab_jwt={alice}']),
  shuts('for a token in a cookie of a foreign page', 'origin-refused', [
    'Cookie: lab_jwt={alice}',
    'Origin: https://evil',
  ]),
  shuts("for a balancer's token without Origin", 'origin-refused', ['X-Goog-IAP-JWT-Assertion: {balanced}']),
  shuts('for a token in a header of a foreign page', 'origin-refused', [
    'X-Lab-Assertion: {alice}',
    'Origin: https://evil',
  ]),
  shuts('without another subprotocol', 'request-ambiguous', [protocols(tokenProtocol)]),
  shuts('without another subprotocol in two lines', 'request-ambiguous', [protocols(tokenProtocol), protocols('', '')]),
  shuts('for two tokens in the subprotocols', 'request-ambiguous', [
    protocols(tokenProtocol, kernel, `${k8s}.{encoded-bob}`),
  ]),
  shuts('for one token twice in the subprotocols', 'request-ambiguous', [
    protocols(tokenProtocol, tokenProtocol, kernel),
  ]),
  shuts('for another token in Authorization', 'credentials-disagree', [
    alice,
    protocols(`${k8s}.{encoded-bob}`, kernel),
  ]),
  shuts('for another token in a cookie', 'credentials-disagree', [
    'Cookie: lab_jwt={bob}',
    protocols(tokenProtocol, kernel),
  ]),
  shuts('for a padded token', 'token-malformed', [protocols(`${tokenProtocol}=`, kernel)]),
  shuts('for a token that is not encoded', 'token-malformed', [protocols(`${k8s}.{alice}`, kernel)]),
  shuts('for no token behind the dot', 'token-malformed', [protocols(`${k8s}.`, kernel)]),
  shuts('for an opaque token', 'token-malformed', [protocols(`${k8s}.{encoded-opaque}`, kernel)]),
  shuts('for the prefix in capitals', 'token-malformed', [protocols(`BASE64URL.${tokenProtocol.slice(10)}`, kernel)]),
  shuts('for an expired token in the subprotocol', 'token-expired', [protocols(`${k8s}.{encoded-expired}`, kernel)]),
  shuts("for a balancer's token in the subprotocol", 'token-issuer', [protocols(`${k8s}.{encoded-balanced}`, kernel)]),
  shuts(
    'for a stranger with a token in the subprotocol',
    'credential-missing',
    [protocols(tokenProtocol, kernel)],
    '127.0.0.2',
  ),
  ...[`"${tokenProtocol}"`, `a ${tokenProtocol}`, `\xa0${tokenProtocol}`, `a;${tokenProtocol}`].map(garbled =>
    shuts(`for subprotocols one of which is none: ${JSON.stringify(garbled)}`, 'request-ambiguous', [
      alice,
      protocols(garbled, kernel),
    ]),
  ),
  shuts('that repeats its token for jupyter-server', 'request-ambiguous', [
    protocols(tokenProtocol, 'v1.token.websocket.jupyter.org.{alice}'),
  ]),
  refuses('a token in the subprotocol of no WebSocket', 'request-ambiguous', [protocols(tokenProtocol, kernel)]),
  {
    title: 'refuses a Connection that names the field of subprotocols (P12)',
    config: 'carriers',
    head: head(channels, ['Connection: Upgrade, Sec-WebSocket-Protocol', ...handshake.slice(1), alice, kernelLine]),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
];

/** Rows on carriers. */
export const carrierRows: readonly RequestRow[] = [
  ...proving,
  ...besideAnother,
  ...refusing,
  ...keeping,
  ...forms,
  ...both,
  ...opening,
  ...shutting,
];
