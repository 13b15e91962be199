/** Non-interference of bodies: whatever a form or a request for a token says, nobody goes on as somebody else (attack S7). */
import fc from 'fast-check';
import t from 'tap';
import type { ConfigName } from '../contract/configs.ts';
import { forwarded, inboundRequest } from '../contract/world.ts';

const numRuns = Number(process.env['HUBGATE_PROPERTY_RUNS'] ?? 3000);
const seed = process.env['HUBGATE_PROPERTY_SEED'];

type Said = { readonly name: string; readonly value: string };

/** A body, and what the hub's Python would read in it. */
type Body = {
  readonly config: ConfigName;
  readonly line: string;
  readonly type: string;
  readonly text: string;
  readonly said: readonly Said[];
};

const host = 'Host: hub.example';
const proof = 'Authorization: Bearer {alice}';

const users = ['alice', 'ALICE', 'admin', 'root', 'alic', 'alice2', '', 'alıce', 'a\0lice', ' alice'];

function spelled(text: string, dice: readonly number[]): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte, at) => {
    const letter = String.fromCharCode(byte);
    const mustBe = !/[A-Za-z0-9_.*-]/.test(letter);
    const hex = byte.toString(16).padStart(2, '0');
    return mustBe || (dice[at % dice.length] ?? 0) === 0 ? `%${hex.toUpperCase()}` : letter;
  }).join('');
}

const dice = fc.array(fc.nat(12), { minLength: 1, maxLength: 7 });

type Field = Said & { readonly dice: number[] };

const field: fc.Arbitrary<Field> = fc.record({
  name: fc.constantFrom('username', 'username', 'Username', 'user', '_xsrf', 'password'),
  value: fc.constantFrom(...users),
  dice,
});

const form: fc.Arbitrary<Body> = fc
  .record({
    line: fc.constantFrom(
      'POST /hub/login',
      'POST /hub/login?next=',
      'POST /hub/login?username=admin',
      'POST /hub/signup',
    ),
    fields: fc.oneof(
      { weight: 1, arbitrary: fc.array<Field>(field, { maxLength: 4 }) },
      { weight: 1, arbitrary: field.map((each): Field[] => [{ ...each, name: 'username', value: 'alice' }]) },
    ),
    type: fc.constantFrom('application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=UTF-8'),
  })
  .map(({ line, fields, type }) => ({
    config: 'form',
    line,
    type,
    text: fields.map(({ name, value, dice }) => `${spelled(name, dice)}=${spelled(value, dice)}`).join('&'),
    said: fields.filter(({ name }) => name === 'username'),
  }));

const mangled: fc.Arbitrary<Body> = fc
  .tuple(
    form,
    fc.nat(200),
    fc.constantFrom(';username=admin', '&', '%', '\r\n', '\0', '+', '=', '&username=admin', '"'),
  )
  .map(([body, at, piece]) => {
    const place = at % (body.text.length + 1);
    const text = body.text.slice(0, place) + piece + body.text.slice(place);
    return { ...body, text, said: pythonReads(text) };
  });

/** As Tornado has it: split at `&`, and at `;` as old Pythons did; plus is a space; control characters are nothing. */
function pythonReads(text: string): Said[] {
  return text.split(/[&;]/).flatMap(pair => {
    const [name = '', ...rest] = pair.split('=');
    return laxly(name) === 'username' ? [{ name: 'username', value: laxly(rest.join('=')) }] : [];
  });
}

function laxly(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function jsonKey(name: string, escapes: readonly number[]): string {
  const letters = Array.from(name, (letter, at) =>
    (escapes[at % escapes.length] ?? 0) === 0 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
  );
  return `"${letters.join('')}"`;
}

const member = fc.record({
  name: fc.constantFrom('auth', 'auth', 'Auth', 'note', 'expires_in', 'scopes', '__proto__'),
  value: fc.constantFrom(
    'null',
    '1',
    '{}',
    '"auth"',
    '{"Remote-User":"admin"}',
    '{"username":"admin","password":"password"}',
    '[{"auth":1}]',
  ),
  dice,
});

const tokenRequest: fc.Arbitrary<Body> = fc
  .record({
    config: fc.constantFrom<ConfigName[]>('form', 'folding', 'header', 'general'),
    line: fc.constantFrom(
      'POST /hub/api/users/alice/tokens',
      'POST /hub/api/users/admin/tokens',
      'POST /hub/api/users/a%40b/tokens',
    ),
    members: fc.array(member, { maxLength: 4 }),
    space: fc.constantFrom('', ' ', '\n', '\t'),
  })
  .map(({ config, line, members, space }) => ({
    config,
    line,
    type: 'application/json',
    text: `{${members.map(({ name, value, dice }) => `${space}${jsonKey(name, dice)}${space}:${value}`).join(',')}}`,
    said: members.filter(({ name }) => name === 'auth'),
  }));

function headOf({ line, type }: Body, bytes: Buffer): string[] {
  return [`${line} HTTP/1.1`, host, proof, `Content-Type: ${type}`, `Content-Length: ${bytes.length}`];
}

function identityOf(head: readonly string[]): string {
  return head
    .filter(line => /^(?:remote-user|authorization|cookie|mount|state|x-forwarded-user):/i.test(line))
    .join('\n');
}

/** Of a form, one name and it is hers; of a request for a token, no word of who asks. */
function isHarmless({ type, said }: Body): boolean {
  if (type === 'application/json') return said.length === 0;
  return said.length === 1 && said[0]?.value.toLowerCase() === 'alice';
}

t.test('no body names another user than the proved one', async t => {
  let wentOn = 0;
  const property = fc.property(fc.oneof(form, mangled, tokenRequest), body => {
    const bytes = Buffer.from(body.text, 'latin1');
    const outbound = forwarded(inboundRequest(headOf(body, bytes), '127.0.0.1'), body.config, bytes);
    if (outbound === null) return;
    wentOn += 1;
    if (!isHarmless(body)) throw new Error(`goes on: ${body.text}`);
    const lines = outbound.fields.map(([name, value]) => `${name}: ${value}`);
    if (identityOf(lines) !== '') throw new Error(`with an identity: ${identityOf(lines)}`);
    if (/username|user=/.test(outbound.target)) throw new Error(`with a name in its query: ${outbound.target}`);
  });
  const details = fc.check(property, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) });
  t.comment(`seed ${details.seed}, ${details.numRuns} runs, ${wentOn} went on`);
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
  t.ok(wentOn > numRuns / 10, `enough go on: ${wentOn}`);
});

t.test('what goes on is what was proved', async t => {
  const harmless: Body = {
    config: 'form',
    line: 'POST /hub/login',
    type: 'application/x-www-form-urlencoded',
    text: 'username=alice',
    said: [],
  };
  const bytes = Buffer.from(harmless.text);
  t.ok(forwarded(inboundRequest(headOf(harmless, bytes), '127.0.0.1'), 'form', bytes), 'the plain form goes on');
  t.equal(forwarded(inboundRequest(headOf(harmless, bytes), '127.0.0.1'), 'form', Buffer.from('username=admin')), null);
});
