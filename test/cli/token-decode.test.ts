/** hubgate token decode: what a token says, where it may come from, and what a broken one is told. */
import { test } from 'tap';
import { encodePart } from '../identity/token-maker.ts';
import { makeDesk } from './run-command.ts';

const token = (claims: unknown, signature = 'c2lnbmF0dXJl'): string =>
  `${encodePart({ alg: 'ES256', kid: 'k' })}.${encodePart(claims)}.${signature}`;

test('prints header, claims and dates, and says that nothing is verified', async t => {
  const desk = makeDesk(t);
  const decoded = token({ sub: 'alice', exp: 4_000_000_000, iat: 946_684_800 });
  const rows: readonly (readonly [rule: string, args: readonly string[], stdin: string])[] = [
    ['from the standard input', [], `${decoded}\n`],
    ['without a newline', [], decoded],
    ['as Windows ends lines', [], `${decoded}\r\n`],
    ['by name', ['-'], decoded],
    ['as an argument', [decoded], ''],
  ];
  for (const [rule, args, stdin] of rows) {
    const said = await desk.run(['token', 'decode', ...args], stdin);
    t.equal(said.code, 0, rule);
    t.match(said.stderr, /^NOT VERIFIED: /, rule);
    const told = JSON.parse(said.stdout);
    t.match(told, {
      verified: false,
      header: { alg: 'ES256', kid: 'k' },
      claims: { sub: 'alice', exp: 4_000_000_000 },
    });
    t.match(told.dates, {
      exp: /^2096-10-02T07:06:40Z \(in \d+ days\)$/,
      iat: /^2000-01-01T00:00:00Z \(\d+ days ago\)$/,
    });
    t.notMatch(said.stdout + said.stderr, 'c2lnbmF0dXJl', 'the signature is not shown');
  }
});

test('what a terminal obeys, or turns around, is escaped', async t => {
  const said = await makeDesk(t).run(
    ['token', 'decode'],
    token({ sub: '\u001b]0;x\u0007\u009b31m\u202eevil\u{e0001}' }),
  );
  t.match(said.stdout, '\\u001b]0;x\\u0007\\u009b31m\\u202eevil\\udb40\\udc01');
  t.same(JSON.parse(said.stdout).claims.sub, '\u001b]0;x\u0007\u009b31m\u202eevil\u{e0001}');
  t.match(said.stdout, /^[\x20-\x7e\n]*$/);
});

test('so is what a malformed token has told of itself', async t => {
  const name = '\u202e\u009b31m\u200b';
  const twice = encodePart(`{"${name}":1,"${name}":2}`);
  const said = await makeDesk(t).run(['token', 'decode'], `${encodePart({ alg: 'ES256' })}.${twice}.c2ln`);
  t.match(said, { code: 1, stdout: '' });
  t.match(said.stderr, 'the member "\\u202e\\u009b31m\\u200b" for the second time');
  t.match(said.stderr, /^[\x20-\x7e]*\n$/);
});

test('a standard input without an end is a mistake of whoever calls, and not an internal error', async t => {
  const said = await makeDesk(t).run(['token', 'decode'], 'a'.repeat(1024 * 1024 + 1));
  t.match(said, { code: 64, stdout: '', stderr: /^hubgate: the standard input is larger than 1048576 bytes\nTry / });
});

test('a malformed token ends with 1, its part and its rule', async t => {
  const desk = makeDesk(t);
  const rows: readonly (readonly [stdin: string, told: RegExp])[] = [
    ['', /^hubgate: the text is empty\n$/],
    ['abc', /^hubgate: the text is opaque/],
    [`Bearer ${token({})}`, /^hubgate: the token's header holds white space\n$/],
    [
      `${token({}, 'c2VjcmV0c2ln')}=`,
      /^hubgate: the token's signature has padding \(=\), which base64url in tokens leaves out\n$/,
    ],
    [token('{"a":1,"a":2}'), /the token's claims is no JSON that has one meaning: the member "a" for the second time/],
  ];
  for (const [stdin, told] of rows) {
    const said = await desk.run(['token', 'decode'], stdin);
    t.match(said, { code: 1, stdout: '', stderr: told }, stdin);
    t.notMatch(said.stderr, 'c2VjcmV0c2ln', 'the signature is not shown');
  }
});
