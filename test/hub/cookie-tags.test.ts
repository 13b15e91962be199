/** Tags of the hub's cookies, as they are remembered. */
import { createSecretKey, randomBytes } from 'node:crypto';
import t from 'tap';
import type { Tagged } from '../../src/gate/hub/cookie-tags.ts';
import { openCookieTags } from '../../src/hub/cookie-tags.ts';
import { grownBy } from '../http/held-bytes.ts';

const visit = {
  place: { class: 'hub', owner: '', server: '', below: '/hub/', public: false, audience: 'users' },
  visitor: 'alice',
  issuer: 'https://issuer.test',
} as const;

const cookie = (at: number): Tagged => ({ name: 'jupyterhub-hub-login', value: `"2|1:0|${at}"`, visit });

t.test('a tag is remembered by its own bytes, not with the memory around them that Node shares out', async t => {
  const tags = openCookieTags([createSecretKey(randomBytes(32))], new Map());
  const tagOf = (at: number): string => tags.write(cookie(at))?.slice(cookie(at).value.length + 1) ?? '';
  const grown = grownBy(at => t.ok(tags.holds(cookie(at), tagOf(at)), `${at}`));
  t.notOk(tags.holds(cookie(0), tagOf(1)), 'and each is its cookie\u2019s alone');
  t.ok(grown < 512 * 1024, `${grown} bytes`);
});
