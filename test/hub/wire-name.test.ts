/** Names as bytes of a field, and what each plugin's preset says it makes of them. */
import t from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { carriesName, presets } from '../../src/hub/presets.ts';
import { type NameEncoding, wireName } from '../../src/hub/wire-name.ts';

const rows: readonly (readonly [user: string, encoding: NameEncoding, value: string | null])[] = [
  ['alice', 'utf-8', 'alice'],
  ['alice', 'latin-1', 'alice'],
  ['jürgen', 'utf-8', 'j\xc3\xbcrgen'],
  ['jürgen', 'latin-1', 'j\xfcrgen'],
  ['иван', 'utf-8', '\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd'],
  ['иван', 'latin-1', null],
  ['łukasz', 'latin-1', null],
  ['𠮷田', 'utf-8', '\xf0\xa0\xae\xb7\xe7\x94\xb0'],
];

for (const [user, encoding, value] of rows) {
  t.test(`${user} in ${encoding}`, async t => void t.equal(wireName(user, encoding), value));
}

t.test('a name is carried when the plugin reads it and the hub has room for it', async t => {
  const coding = presets['jhub_remote_auth_mount.RemoteUserAuthenticator'];
  const reading = presets['jhubauthenticators.HeaderAuthenticator'];
  t.ok(carriesName(coding, 'иван'));
  t.notOk(carriesName(reading, 'иван'));
  t.ok(carriesName(reading, 'ü'.repeat(255)));
  // 255 characters of base32 are 159 bytes, and each ü is four of them.
  t.ok(carriesName(coding, 'ü'.repeat(39)));
  t.notOk(carriesName(coding, 'ü'.repeat(40)));
});

/** Whether `check` says that names are lost before this plugin. */
function warnsOfLoss(preset: string): boolean {
  const inject = preset === 'custom' ? "inject: { user: { header: X-U, paths: ['/**'] } }" : '';
  const text = `
publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', authenticator: ${preset} }
trust: { proxies: [10.0.0.1] }
jwt: [{ issuer: { url: 'https://i.example', audiences: [a] }, keys: { jwksFile: k } }]
user: { unicode: true }
${inject}`;
  const parsed = parseConfig(text, 'f', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.warnings.some(({ path }) => path === 'user.unicode');
}

// A preset whose token nobody mints yet is no config's.
const configurable = Object.entries(presets).filter(([, { mintedTokenHeader }]) => mintedTokenHeader === null);

for (const [name, { nameEncoding }] of configurable) {
  t.test(`${name}: a check warns where latin-1 is all that the plugin reads`, async t => {
    t.equal(warnsOfLoss(name), nameEncoding === 'latin-1');
  });
}
