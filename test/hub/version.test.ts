/** Which version is what: read strictly, and in doubt within the range of an advisory; and the page of the docs is what the table makes of it. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { workaroundsPage, workaroundsPageFile } from '../../scripts/workarounds-page.ts';
import { workaroundIds } from '../../src/config/workaround-ids.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { askHubVersion, isWithin, parseHubVersion, type VersionRange } from '../../src/hub/version.ts';
import {
  activeWorkarounds,
  otherAdvisories,
  policyFor,
  wantedWorkarounds,
  workarounds,
} from '../../src/hub/workarounds.ts';

const fixed: VersionRange = { from: '4.1.0', before: '5.4.5' };

const versions: readonly (readonly [text: string, within: boolean | null])[] = [
  ['4.0.9', false],
  ['4.1.0', true],
  ['4.1.0b1', true],
  ['4.1', true],
  ['5.4.4', true],
  ['5.4.5', false],
  ['5.4.5rc1', true],
  ['5.4.5.dev', true],
  ['5.4.5+lab', true],
  ['5.4.5.post1', true],
  ['5.4.6', false],
  ['5.10.0', false],
  ['6.0.0b1', false],
  ['10.0.0', false],
  ['', null],
  ['5', null],
  ['v5.4.5', null],
  ['5.4.5 ', null],
  ['5.4.5\n', null],
  ['-5.4.5', null],
  ['5.4.5.6.7 evil', null],
  [`5.4.5${'a'.repeat(100)}`, null],
  ['999999.1.1', null],
];

for (const [text, within] of versions) {
  t.test(
    `${JSON.stringify(text).slice(0, 30)} is ${within === null ? 'no version' : within ? 'within' : 'outside'}`,
    async t => {
      const version = parseHubVersion(text);
      t.equal(version && isWithin(version, fixed), within);
    },
  );
}

const answers: readonly (readonly [name: string, status: number, body: string | Buffer, version: string | null])[] = [
  ['a version', 200, '{"version": "6.1.1"}', '6.1.1'],
  ['a version beside other things', 200, '{"a": 1, "version": "0.9.6", "b": []}', '0.9.6'],
  ['no version', 200, '{}', null],
  ['a number', 200, '{"version": 6}', null],
  ['null', 200, 'null', null],
  ['no JSON', 200, '<html>6.1.1</html>', null],
  ['no UTF-8', 200, Buffer.from([0xff, 0xfe]), null],
  ['a refusal with a version', 403, '{"version": "6.1.1"}', null],
  ['a redirect with a version', 302, '{"version": "6.1.1"}', null],
  ['that it is down', 503, '{}', null],
];

for (const [name, status, body, version] of answers) {
  t.test(`the hub says ${name}`, async t => {
    const asked: unknown[] = [];
    const faults: string[] = [];
    const found = await askHubVersion(
      async (path, { headers }) => {
        asked.push([path, headers]);
        return { status, body: Buffer.from(body) };
      },
      '/jh/',
      fault => faults.push(fault),
    );
    t.equal(found?.text ?? null, version);
    const what = status === 200 ? 'without a version' : `with status ${status}`;
    const mend = status < 500 ? "; is hub.baseUrl the hub's own?" : '';
    t.strictSame(faults, version === null ? [`GET /jh/hub/api was answered ${what}${mend}`] : []);
    t.strictSame(asked, [['/jh/hub/api', { Accept: 'application/json' }]], 'asked once, without a token');
  });
}

t.test('a hub that is not there says nothing', async t => {
  const faults: string[] = [];
  const ask = (): Promise<never> => Promise.reject(new Error('gone'));
  t.equal(await askHubVersion(ask, '/', fault => faults.push(fault)), null);
  t.strictSame(faults, ['GET /hub/api got no answer: gone']);
});

function idsFor(text: string | null, skipped: Parameters<typeof wantedWorkarounds>[0] = []): readonly string[] {
  const policy = { workarounds: wantedWorkarounds(skipped) } as Policy;
  const version = text === null ? null : parseHubVersion(text);
  const fitted = policyFor(policy, version);
  const active = activeWorkarounds(policy, version);
  // What the policy holds is what the log says, whatever the version.
  const rules = new Set(active.map(id => workarounds[id].rule));
  for (const [rule, isOn] of Object.entries(fitted.workarounds))
    if (isOn !== rules.has(rule as 'noCors')) throw new Error(rule);
  return active;
}

t.test('each release has the work-arounds that it needs', async t => {
  t.strictSame(idsFor(null), workaroundIds, 'all, while it is not known');
  t.strictSame(idsFor('0.9.6'), ['CVE-2020-36191', 'CVE-2024-28233', 'CVE-2026-54338']);
  t.strictSame(idsFor('4.0.2'), ['CVE-2020-36191', 'CVE-2024-28233', 'CVE-2026-54338']);
  t.strictSame(idsFor('4.1.6'), ['CVE-2026-40864', 'CVE-2026-54338']);
  t.strictSame(idsFor('5.4.6'), ['CVE-2026-54338']);
  t.strictSame(idsFor('5.5.4'), []);
  t.strictSame(idsFor('6.1.1'), []);
});

t.test('what is skipped is off on every hub', async t => {
  for (const text of [null, '0.9.6', '4.1.6', '6.1.1'])
    t.notOk(idsFor(text, ['CVE-2026-54338']).includes('CVE-2026-54338'));
  t.strictSame(idsFor(null, workaroundIds), []);
});

t.test('the policy stays the same object where it needs all', async t => {
  const policy = { workarounds: wantedWorkarounds(['CVE-2026-40864']) } as Policy;
  t.equal(policyFor(policy, null), policy);
  t.equal(policyFor(policy, parseHubVersion('0.9.6')), policy);
  t.not(policyFor(policy, parseHubVersion('6.1.1')), policy);
});

t.test('the table', async t => {
  const rules = Object.values(workarounds).map(({ rule }) => rule);
  t.equal(new Set(rules).size, rules.length, 'a rule is one work-around’s, so that skipping it turns the rule off');
  const ids = otherAdvisories.map(({ id }) => id);
  t.notOk(ids.some(id => (workaroundIds as readonly string[]).includes(id)));
  t.equal(readFileSync(workaroundsPageFile, 'utf8'), workaroundsPage(), 'docs/workarounds.md is what it makes');
});
