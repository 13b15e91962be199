/** The requests of the demo: one list, printed as curl commands and checked by `--check`. */

/** Tokens by the shell variable that the printed commands read them from. */
export interface DemoTokens {
  readonly GOOD: string;
  readonly EXPIRED: string;
}

/** A field of a request; `$GOOD` and `$EXPIRED` in its value stand for the tokens. */
type DemoField = readonly [name: string, value: string];

/** What is promised of one request. */
export interface DemoPromise {
  readonly status: number;
  /** Reason id of a refusal: then nothing of the request reaches the hub. Absent: the hub answers. */
  readonly reason?: string;
  /** Start of answer fields' values, by lower-case name. */
  readonly answer?: Readonly<Record<string, string>>;
  /** What the hub saw, by lower-case name: the one value, or null for none in any spelling. */
  readonly hubSaw?: Readonly<Record<string, string | null>>;
}

/** One row of the demo. */
export interface DemoRequest {
  readonly title: string;
  /** What to look for, in words. */
  readonly expect: string;
  readonly target: string;
  readonly fields: readonly DemoField[];
  readonly webSocket?: true;
  readonly promise: DemoPromise;
}

const goodToken: DemoField = ['Authorization', 'Bearer $GOOD'];
const onlyAlice = { 'remote-user': 'alice', authorization: null } as const;
const nobody = { 'remote-user': null, authorization: null } as const;

/** In the order of telling. */
export const demoRequests: readonly DemoRequest[] = [
  {
    title: 'a good token logs in',
    expect: '302 to /hub/home; the hub received Remote-User: alice, and not the token',
    target: '/hub/login',
    fields: [goodToken],
    promise: { status: 302, answer: { location: '/hub/home' }, hubSaw: onlyAlice },
  },
  {
    title: 'no token',
    expect: '401 credential-missing with WWW-Authenticate: Bearer; the hub received nothing',
    target: '/hub/login',
    fields: [],
    promise: { status: 401, reason: 'credential-missing', answer: { 'www-authenticate': 'Bearer realm=' } },
  },
  {
    title: 'an expired token',
    expect: '401 token-expired; the hub received nothing',
    target: '/hub/login',
    fields: [['Authorization', 'Bearer $EXPIRED']],
    promise: { status: 401, reason: 'token-expired', answer: { 'www-authenticate': 'Bearer realm=' } },
  },
  {
    title: 'a forged Remote-User beside a good token',
    expect: '302; the hub received Remote-User: alice once, and no root',
    target: '/hub/login',
    fields: [goodToken, ['Remote-User', 'root']],
    promise: { status: 302, hubSaw: onlyAlice },
  },
  {
    title: 'the same, spelled with an underscore',
    expect: '302; the hub received Remote-User: alice, and no Remote_User',
    target: '/hub/login',
    fields: [goodToken, ['Remote_User', 'root']],
    promise: { status: 302, hubSaw: onlyAlice },
  },
  {
    title: 'a forged Remote-User alone',
    expect: '401 credential-missing; the hub received nothing',
    target: '/hub/login',
    fields: [['Remote-User', 'root']],
    promise: { status: 401, reason: 'credential-missing' },
  },
  {
    title: "a page of alice's own server",
    expect: "200; users' code received neither Remote-User nor the token",
    target: '/user/alice/lab',
    fields: [goodToken, ['Remote-User', 'root']],
    promise: { status: 200, hubSaw: nobody },
  },
  {
    title: 'a path that can be read in two ways',
    expect: '400 request-ambiguous; the hub received nothing',
    target: '/user/../hub/login',
    fields: [goodToken],
    promise: { status: 400, reason: 'request-ambiguous' },
  },
  {
    title: 'another Host',
    expect: '421 host-unknown; the hub received nothing',
    target: '/hub/login',
    fields: [goodToken, ['Host', 'evil.example']],
    promise: { status: 421, reason: 'host-unknown' },
  },
  {
    title: 'a browser without a token',
    expect: '401 as a page to read',
    target: '/hub/home',
    fields: [['Accept', 'text/html']],
    promise: { status: 401, reason: 'credential-missing', answer: { 'content-type': 'text/html' } },
  },
  {
    title: 'a WebSocket, with a forged Remote-User',
    expect: '101; the first message shows that the server received neither Remote-User nor the token',
    target: '/user/alice/echo',
    fields: [goodToken, ['Remote-User', 'root']],
    webSocket: true,
    promise: { status: 101, hubSaw: nobody },
  },
];

/** What opens a WebSocket (RFC 6455 §4.1). */
export const handshake: readonly DemoField[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'aHViZ2F0ZSBkZW1vIDEyMw=='],
];

/** Ready to paste into a shell that has the tokens as variables. */
export function curlCommand(request: DemoRequest, origin: string): string {
  const fields = [...(request.webSocket === true ? handshake : []), ...request.fields];
  const options = [
    'curl --silent --include --path-as-is',
    ...(request.webSocket === true ? ['--http1.1 --no-buffer --output - --max-time 2'] : []),
    ...fields.map(([name, value]) => `--header "${name}: ${value}"`),
    `'${origin}${request.target}'`,
  ];
  return options.join(' ');
}

/** The value with the tokens filled in. */
export function withTokens(value: string, tokens: DemoTokens): string {
  return value.replace('$GOOD', () => tokens.GOOD).replace('$EXPIRED', () => tokens.EXPIRED);
}
