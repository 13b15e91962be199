/** What single presets of the hub's authenticators ask for beside a header on the login (S7, M2, M6). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../configs.ts';
import type { RequestRow } from '../row.ts';
import { asAlice, atHub, host } from './lines.ts';

const mountPython =
  "Mount: {'HOST': 'files.example', 'USERNAME': 'alice', 'PATH': '/home/alice', 'MOUNTSSHPRIVATEKEY': '-----\\x0ak\\x27e\\x5cy\\x0a-----\\x0a'}";

function by(token: string, requestLine: string, ...fields: readonly string[]): string[] {
  return [`${requestLine} HTTP/1.1`, host, `Authorization: Bearer {${token}}`, ...fields];
}

const posted: readonly RequestRow[] = [
  {
    title: 'writes the name alone on the login, where a mount has an endpoint of its own (M6)',
    config: 'mounting',
    head: by('mounted', 'GET /hub/login', 'Mount: {}'),
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: "writes the mount on the client's own POST to /hub/mount, whatever it says itself (M1)",
    config: 'mounting',
    head: by('mounted', 'POST /hub/mount', "Mount: {'HOST': 'evil'}", 'Content-Length: 0'),
    expect: { forward: atHub('POST /hub/mount', [], ['Remote-User: alice', mountPython]), body: 'stream' },
    spoofed: ['mount'],
  },
  {
    title: 'writes nothing on a GET of /hub/mount',
    config: 'mounting',
    head: by('mounted', 'GET /hub/mount'),
    expect: { forward: atHub('GET /hub/mount') },
  },
  {
    title: "writes data as Python literals on the client's own POST to /hub/data, several at once",
    config: 'folding',
    head: by('state', 'POST /hub/data', "State: 'admin'", 'x_team: {}', 'Content-Length: 0'),
    expect: {
      forward: atHub('POST /hub/data', [], ["State: 'caf\\xe9'", "X-Team: {'name': 'x', 'size': 2}"]),
      body: 'stream',
    },
    spoofed: ['state', 'x-team'],
  },
  {
    title: 'writes no data on the login, where it has an endpoint of its own',
    config: 'folding',
    head: by('state', 'GET /hub/login'),
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  ...(['delivering', 'deliveringData'] as const).map(
    (config): RequestRow => ({
      title: `lets no client speak to the endpoint that the gate delivers to (${config})`,
      config,
      head: asAlice(`POST ${config === 'delivering' ? '/hub/mount' : '/hub/data'}`, 'Content-Length: 0'),
      expect: { refuse: 'endpoint-refused', status: 403 },
    }),
  ),
];

const folded: readonly RequestRow[] = [
  ...['alice.smith', 'alice-smith', 'alice_smith', 'alice.', '0-0'].map(
    (name): RequestRow => ({
      title: `refuses "${name}", of which the plugin makes another user's name (M2)`,
      config: 'folding',
      peer: '127.0.0.3',
      head: ['GET /hub/login HTTP/1.1', host, `X-Auth-Request-Preferred-Username: ${name}`],
      expect: { refuse: 'user-ambiguous', status: 403 },
    }),
  ),
  {
    title: 'refuses the user whose name a target of user.map is folded to (M2)',
    config: 'folding',
    peer: '127.0.0.3',
    head: ['GET /hub/login HTTP/1.1', host, 'X-Auth-Request-Preferred-Username: alicesmith'],
    expect: { refuse: 'user-ambiguous', status: 403 },
  },
  {
    title: 'takes the name that user.map settles, though the plugin folds it',
    config: 'folding',
    peer: '127.0.0.3',
    head: ['GET /hub/login HTTP/1.1', host, 'X-Auth-Request-Preferred-Username: a.smith@example.org'],
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.3}', 'Remote-User: alice.smith'] },
  },
];

const urlencoded = 'Content-Type: application/x-www-form-urlencoded';

type Sent = { readonly line?: string; readonly lines?: readonly string[]; readonly token?: string };

function form(content: string, { line = 'POST /hub/login', lines = [urlencoded], token = 'alice' }: Sent): string[] {
  return by(token, line, ...lines, `Content-Length: ${content.length}`);
}

function formRefused(rule: string, content: string, refuse: ReasonId, sent: Sent = {}): RequestRow {
  const status = { 'user-mismatch': 403, 'request-ambiguous': 400, 'body-too-large': 413 }[refuse as string] ?? 0;
  const title = `refuses a login form ${rule} (S7)`;
  return { title, config: 'form', head: form(content, sent), content, expect: { refuse, status } };
}

function formTaken(rule: string, content: string, sent: Sent = {}): RequestRow {
  const { line = 'POST /hub/login', lines = [urlencoded] } = sent;
  return {
    title: `takes a login form ${rule}`,
    config: 'form',
    head: form(content, sent),
    content,
    expect: { forward: atHub(line, lines), body: 'stream' },
  };
}

const chunked = (content: string): string => `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`;

const forms: readonly RequestRow[] = [
  formTaken('that names the proved user', '_xsrf=a%7Cb&username=alice&password=p+w%26'),
  formTaken('that says its charset', 'username=alice&password=x', { lines: [`${urlencoded}; charset=UTF-8`] }),
  formTaken('that names the proved user in capitals, which the hub makes small', 'username=ALICE&password=x'),
  formTaken('that names the proved user in percent-encodings', '%75sername=%61lice'),
  formTaken('with a next of its own', 'username=alice&next=%2Fhub%2Fspawn'),
  formTaken('whose query names somebody else, whom the gate takes off', 'username=alice', {
    line: 'POST /hub/login?',
  }),
  {
    title: 'sends a login form on as it came, with its exact length',
    config: 'form',
    head: by('alice', 'POST /hub/login?username=admin', urlencoded, 'Transfer-Encoding: chunked'),
    content: chunked('username=alice'),
    expect: { forward: atHub('POST /hub/login?', [urlencoded]), body: 'stream' },
  },
  formRefused('that names another user', 'username=admin&password=x', 'user-mismatch'),
  formRefused('that names nobody', 'password=x', 'user-mismatch'),
  formRefused('that is empty', '', 'user-mismatch'),
  formRefused('that names two users', 'username=alice&username=admin', 'user-mismatch'),
  formRefused('that names the proved user twice', 'username=alice&username=alice', 'user-mismatch'),
  formRefused('that hides a second name in percent-encodings', 'username=alice&user%6Eame=admin', 'user-mismatch'),
  formRefused('whose name has white space, which the hub takes off', 'username=+alice', 'user-mismatch'),
  formRefused('whose name has a NUL, which Tornado takes out', 'username=ali%00ce', 'user-mismatch'),
  formRefused('whose name is only like the proved one', 'username=al%C4%B1ce', 'user-mismatch'),
  formRefused('whose name is no UTF-8', 'username=alice%FF', 'user-mismatch'),
  formRefused('with a semicolon, which old Pythons split at', 'username=alice;username=admin', 'request-ambiguous'),
  formRefused('with an encoding that is cut short', 'username=alice%6', 'request-ambiguous'),
  formRefused('with a raw line end', 'username=alice\r\n&username=admin', 'request-ambiguous'),
  formRefused('with bytes beyond ASCII', 'username=alic\xe9', 'request-ambiguous'),
  formRefused('with a NUL', 'username=alice\0', 'request-ambiguous'),
  formRefused('without a type', 'username=alice', 'request-ambiguous', { lines: [] }),
  formRefused('with two types', 'username=alice', 'request-ambiguous', {
    lines: [urlencoded, 'Content-Type: multipart/form-data; boundary=x'],
  }),
  formRefused('that is multipart', '--x\r\nusername', 'request-ambiguous', {
    lines: ['Content-Type: multipart/form-data; boundary=x'],
  }),
  formRefused('that is JSON', '{"username":"alice"}', 'request-ambiguous', {
    lines: ['Content-Type: application/json'],
  }),
  formRefused('in another charset', 'username=alice', 'request-ambiguous', { lines: [`${urlencoded}; charset=utf-7`] }),
  formRefused('in a content coding', 'username=alice', 'request-ambiguous', {
    lines: [urlencoded, 'Content-Encoding: gzip'],
  }),
  formRefused('with a next that leads elsewhere', 'username=alice&next=%2F%2Fevil.example', 'request-ambiguous'),
  formRefused('with two nexts', 'username=alice&next=%2Fa&next=%2Fb', 'request-ambiguous'),
  formRefused('over 8 KiB', `username=alice&p=${'x'.repeat(8192)}`, 'body-too-large'),
  formRefused('on another page of the login', 'username=admin', 'user-mismatch', { line: 'POST /hub/oauth_callback' }),
  formRefused('on a public page of the login, where nobody is proved', 'username=alice', 'user-mismatch', {
    line: 'POST /hub/signup/x',
  }),
  {
    title: 'refuses a chunked login form that names another user (S7)',
    config: 'form',
    head: by('alice', 'POST /hub/login', urlencoded, 'Transfer-Encoding: chunked'),
    content: chunked('username=admin'),
    expect: { refuse: 'user-mismatch', status: 403 },
  },
  {
    title: 'shows the login form to who is proved, and writes no identity on it',
    config: 'form',
    head: asAlice('GET /hub/login?user=admin', 'Remote-User: root'),
    expect: { forward: atHub('GET /hub/login?') },
    spoofed: ['remote-user'],
  },
  {
    title: 'asks for a proof before it reads a login form',
    config: 'form',
    head: ['POST /hub/login HTTP/1.1', host, urlencoded, 'Content-Length: 14'],
    content: 'username=alice',
    expect: { refuse: 'credential-missing', status: 401 },
  },
];

const tokens = 'POST /hub/api/users/alice/tokens';
const json = 'Content-Type: application/json';

function tokenRequest(config: ConfigName, content: string, expect: 'taken' | ReasonId, line = tokens): RequestRow {
  const status = { 'user-mismatch': 403, 'request-ambiguous': 400, 'body-too-large': 413 }[expect as string] ?? 0;
  return {
    title: `a request for a token, ${line}, says ${JSON.stringify(content).slice(0, 60)}: ${expect} (S7, ${config})`,
    config,
    head: by('alice', line, json, `Content-Length: ${content.length}`),
    content,
    expect: expect === 'taken' ? { forward: atHub(line, [json]), body: 'stream' } : { refuse: expect, status },
  };
}

const tokenRequests: readonly RequestRow[] = [
  ...(['form', 'folding', 'header'] as const).flatMap(config => [
    tokenRequest(config, '{"note":"mine","expires_in":60}', 'taken'),
    tokenRequest(config, '', 'taken'),
    tokenRequest(config, '{"auth":{"username":"admin","password":"password"}}', 'user-mismatch'),
    tokenRequest(config, '{"auth":{"Remote-User":"admin"}}', 'user-mismatch'),
  ]),
  tokenRequest('general', '{"auth":{"Remote-User":"admin"}}', 'user-mismatch'),
  tokenRequest('form', '{"auth":null}', 'user-mismatch'),
  tokenRequest('form', '{"note":"a","\\u0061uth":{"username":"admin"}}', 'user-mismatch'),
  tokenRequest('form', '{"auth":{"username":"admin"},"auth":1}', 'user-mismatch'),
  tokenRequest('form', '{"auth":{"username":"admin"},"n":NaN}', 'request-ambiguous'),
  tokenRequest('form', '"auth"', 'request-ambiguous'),
  tokenRequest('form', '{"note":"\xff","auth":1}', 'request-ambiguous'),
  tokenRequest('form', '\xef\xbb\xbf{}', 'request-ambiguous'),
  tokenRequest('form', JSON.stringify({ note: 'x'.repeat(8192), auth: 1 }), 'body-too-large'),
  tokenRequest('form', '{"auth":1}', 'user-mismatch', 'POST /hub/api/users/admin%40example.org/tokens'),
  tokenRequest('lab', '{"auth":{"username":"admin"}}', 'taken'),
  ...(['form', 'folding', 'deliveringData', 'general'] as const).map(
    (config): RequestRow => ({
      title: `lets no client speak to the old request for a token, which makes a login of its body (S7, ${config})`,
      config,
      head: by('alice', 'POST /hub/api/authorizations/token', json, 'Content-Length: 23'),
      content: '{"Remote-User":"admin"}',
      expect: { refuse: 'endpoint-refused', status: 403 },
    }),
  ),
];

/** Rows on presets. */
export const presetRows: readonly RequestRow[] = [...posted, ...folded, ...forms, ...tokenRequests];
