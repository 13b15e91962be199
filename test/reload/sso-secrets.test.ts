/** Shared secrets of sign-in proxies: files that are no good are told, and a new one counts with the next reload. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import { type Generation, openGeneration } from '../../src/reload/generation.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { makeIrregularFiles } from '../config/irregular-files.ts';
import { peerOf } from '../contract/world.ts';

const keyIo = {
  ask: () => Promise.reject(new Error('nobody is asked')),
  clock: clockBy(() => 0),
  onEvent: () => undefined,
};

const configText = (files: string): string => `publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', authenticator: jhubauthenticators.HeaderAuthenticator }
trust: { proxies: [127.0.0.1/32] }
sso:
  - name: front
    proxies: [127.0.0.1/32]
    headers: { username: X-User }
    require: { sharedSecret: { header: X-Gate-Secret, files: [${files}] } }
`;

async function generationOf(folder: string, files: string): Promise<Generation | readonly string[]> {
  const configPath = join(folder, 'proxy.yaml');
  writeFileSync(configPath, configText(files));
  const opened = await openGeneration({ configPath, env: {}, keyIo });
  if (!opened.ok) return opened.problems.map(problem => problem.slice(folder.length + 1));
  opened.generation.keys.close();
  return opened.generation;
}

function outcome({ policy }: Generation, secret: string): string {
  const fields = [
    ['Host', 'hub.example'],
    ['X-User', 'alice'],
    ['X-Gate-Secret', secret],
  ] as const;
  const peer = peerOf('127.0.0.1');
  const request = { method: 'GET', target: '/hub/login', httpVersion: '1.1', fields, peer } as const;
  const decision = decide(request, policy, { now: 0, findings: new Map() });
  return decision.kind === 'refuse' ? decision.refusal.reason : decision.kind;
}

const good = 'sixteen bytes so';

t.test('the files of a rotation', async t => {
  const folder = t.testdir({ now: `${good}\n`, next: 'another secret of ours\r\n' });
  const both = await generationOf(folder, 'now, next');
  if (!('policy' in both)) throw new Error(both.join());
  t.same(
    both.files.filter(file => !file.endsWith('.yaml')),
    ['now', 'next'].map(name => join(folder, name)),
    'both are watched',
  );
  for (const secret of [good, 'another secret of ours']) t.equal(outcome(both, secret), 'forward', secret);
  for (const secret of [`${good}x`, good.slice(1), '']) t.equal(outcome(both, secret), 'assertion-unproved', secret);
  writeFileSync(join(folder, 'now'), 'a secret of a later day');
  const later = await generationOf(folder, 'now');
  if (!('policy' in later)) throw new Error(later.join());
  t.equal(outcome(later, 'a secret of a later day'), 'forward');
  t.equal(outcome(later, good), 'assertion-unproved', 'the old one no longer counts');
});

t.test('each proxy has its own secret', async t => {
  const folder = t.testdir({ one: 'the secret of the first', two: 'the secret of the second' });
  const twice = (name: string, file: string): string =>
    `  - { name: ${name}, namespace: n, proxies: [127.0.0.1/32], headers: { username: X-${name} }, require: { sharedSecret: { header: X-Gate-Secret, files: [${file}] } } }`;
  const text = configText('one').replace(/^sso:.*/ms, `sso:\n${twice('Other', 'one')}\n${twice('User', 'two')}\n`);
  writeFileSync(join(folder, 'proxy.yaml'), text);
  const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  if (!opened.ok) throw new Error(opened.problems.join());
  opened.generation.keys.close();
  t.equal(outcome(opened.generation, 'the secret of the second'), 'forward');
  t.equal(outcome(opened.generation, 'the secret of the first'), 'assertion-unproved');
});

t.test('files that hold no secret', async t => {
  const contents: readonly [content: string, fault: RegExp][] = [
    ['', /is shorter than 16 bytes/],
    [`${good.slice(1)}\n`, /is shorter than 16 bytes/],
    [`${good}\n\n`, /is no line of visible ASCII/],
    [` ${good}`, /is no line of visible ASCII/],
    [`${good}\t`, /is no line of visible ASCII/],
    [`${good}\u00e9`, /is no line of visible ASCII/],
    ['x'.repeat(5000), /is larger than 4096 bytes/],
  ];
  for (const [content, fault] of contents) {
    const folder = t.testdir({ bad: content, good });
    const problems = await generationOf(folder, 'good, bad');
    const where = /^proxy\.yaml:9:\d+ sso\[0\]\.require\.sharedSecret\.files\[1\]: "\/.*\/bad" /;
    t.match(problems, [where], JSON.stringify(content).slice(0, 30));
    t.match(problems, [fault]);
    t.equal(Array.isArray(problems) && String(problems).includes('sixteen'), false, 'no byte of it is told');
  }
});

t.test('files that are not there, or no files', async t => {
  const folder = t.testdir({ now: good });
  t.match(await generationOf(folder, 'nope, now'), [/files\[0\]: "\/.*\/nope" can not be read \(ENOENT\)/]);
  for (const [kind, file] of await makeIrregularFiles(t))
    t.match(
      await generationOf(folder, `"${file}"`),
      [/files\[0\]: .* is no regular file, expected a file with a secret$/],
      kind,
    );
});
