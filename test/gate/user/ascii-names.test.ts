/** Without `user.unicode` a name is printable ASCII, whatever the pattern lets through (M2, M3). */
import t from 'tap';
import { parseConfig } from '../../../src/config/load.ts';
import { agree } from '../../../src/gate/map-identity.ts';
import type { Proof } from '../../../src/gate/proof.ts';
import { compilePolicy } from '../../../src/policy.ts';
import { written } from '../../config/written.ts';

const proofOf = (username: string): Proof => ({
  prover: 'jwt',
  credential: 'bearer',
  carrier: 'authorization',
  issuer: 'i',
  username,
  groups: [],
  claims: Object.create(null),
  asserted: new Map(),
  expiresAt: 0,
});

const parsed = parseConfig(written({ user: "{ pattern: '^.+$' }" }), 'f', {});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { user: rules } = compilePolicy(parsed.config, '');

t.test('printable ASCII', async t => {
  for (const name of ['alice', 'a.b-c_d', '!~', 'a@b.example']) t.match(agree([proofOf(name)], rules), { user: name });
});

t.test('anything else', async t => {
  const names = [
    'j\u00fcrgen',
    '\u0430lice',
    'a b',
    'a\tb',
    'a\x7f',
    'a\u200bb',
    '\u202ealice',
    '\ud83d\ude00',
    '',
    ' ',
  ];
  for (const name of names) t.match(agree([proofOf(name)], rules), { reason: 'user-invalid' }, JSON.stringify(name));
});

/** Whoever asks the hub about `..` asks about something else (M4). */
t.test('what is no segment of a path at the hub', async t => {
  for (const name of ['.', '..']) t.match(agree([proofOf(name)], rules), { reason: 'user-invalid' }, name);
  const folding = 'jhub_remote_login.DataRemoteUserAuthenticator';
  const mapped = parseConfig(
    written({ user: "{ pattern: '^.+$', map: { alice: '_', bob: '_b_' } }", 'hub.authenticator': folding }),
    'f',
    {},
  );
  if (!mapped.ok) throw new Error(JSON.stringify(mapped.problems));
  const { user } = compilePolicy(mapped.config, '');
  t.match(agree([proofOf('alice')], user), { reason: 'user-invalid' }, 'the plugin leaves nothing of the name');
  t.match(agree([proofOf('bob')], user), { user: '_b_', hubUser: 'mi' });
});
