/** Header names that are secrets: files that are no good are told, the name goes to the hub alone, and no message has it. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import { cookiesFor } from '../../src/gate/hub/cookie-rules.ts';
import { classify } from '../../src/gate/place.ts';
import type { Decision } from '../../src/gate/stages.ts';
import { cookiePairs } from '../../src/http/cookies.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { filterAnswer } from '../../src/hub/answers.ts';
import { type GenerationOpening, openGeneration } from '../../src/reload/generation.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { makeIrregularFiles } from '../config/irregular-files.ts';
import { peerOf } from '../contract/world.ts';

const keyIo = {
  ask: () => Promise.reject(new Error('nobody is asked')),
  clock: clockBy(() => 0),
  onEvent: () => undefined,
};
const userName = 'X-4f1c8b27d3a96e05b8c2417f6ad39e50';
const mountName = 'X-Q7h2mX9cKp4vRz8wBn3tLs6yJd5fGa1eUo';

const configText = (inject: string, more = ''): string => `publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', authenticator: jhubauthenticators.HeaderAuthenticator, headerBudget: 1KiB }
trust: { proxies: [127.0.0.1/32] }
sso: [{ name: front, proxies: [127.0.0.1/32], headers: { username: X-User }, dangerouslyTrustAddressOnly: true }]
inject: { ${inject} }
${more}`;

async function openIn(folder: string, inject: string, more = ''): Promise<GenerationOpening> {
  const configPath = join(folder, 'proxy.yaml');
  writeFileSync(configPath, configText(inject, more));
  const opened = await openGeneration({ configPath, env: {}, keyIo });
  if (opened.ok) opened.generation.keys.close();
  return opened;
}

async function decideIn(
  folder: string,
  inject: string,
  ...lines: readonly (readonly [string, string])[]
): Promise<Decision> {
  const opened = await openIn(folder, inject);
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  const fields = [['Host', 'hub.example'], ['X-User', 'alice'], ...lines] as const;
  const request = {
    method: 'GET',
    target: '/hub/login',
    httpVersion: '1.1',
    fields,
    peer: peerOf('127.0.0.1'),
  } as const;
  const decision = decide(request, opened.generation.policy, { now: 0, findings: new Map() });
  if (decision.kind !== 'lookup') return decision;
  const text = '{"HOST":"h","USERNAME":"u","PATH":"p","MOUNTSSHPRIVATEKEY":"k"}';
  const findings = new Map([[decision.key, { what: 'file', text } as const]]);
  return decide(request, opened.generation.policy, { now: 0, findings });
}

const user = 'user: { headerFile: user }';
const both = `${user}, mount: { headerFile: mount, from: { file: 'm/{user}.json' } }`;

t.test('who sends a secret name is told of by the key that it stands under', async t => {
  const folder = t.testdir({ user: `${userName}\n`, mount: mountName });
  const spoofs = [
    [userName.toLowerCase().replaceAll('-', '_'), 'root'],
    [`HTTP_${mountName.toUpperCase()}`, 'root'],
    ['Remote-User', 'root'],
  ] as const;
  const decision = await decideIn(folder, both, ...spoofs);
  const names = ['inject.user.headerFile', 'inject.mount.headerFile', 'remote-user'];
  t.match(decision, { kind: 'forward', trail: { spoofed: names } });
  const refused = await decideIn(folder, `${both}, onSpoof: refuse`, ...spoofs);
  t.match(refused, { kind: 'refuse', refusal: { reason: 'header-spoofed', detail: names.join(', ') } });
});

t.test('the identity and the mount go under the names of the files', async t => {
  const folder = t.testdir({ user: `${userName}\n`, mount: mountName });
  const decision = await decideIn(
    folder,
    both,
    ['Remote-User', 'root'],
    ['Mount', '{}'],
    [userName, 'root'],
    [mountName.toLowerCase().replaceAll('-', '_'), 'root'],
  );
  if (decision.kind !== 'forward') throw new Error(JSON.stringify(decision));
  const own = decision.request.fields.filter(([name]) => /^(?:remote|mount|x-4|x-q|x_)/i.test(name));
  t.same(own, [
    [userName, 'alice'],
    [mountName, '{"HOST":"h","USERNAME":"u","PATH":"p","MOUNTSSHPRIVATEKEY":"k"}'],
  ]);
});

t.test('both files are watched, and a name that changes counts with the next reload', async t => {
  const folder = t.testdir({ user: userName, mount: mountName });
  const opened = await openIn(folder, both);
  t.same(
    opened.ok && opened.generation.files.slice(1),
    ['user', 'mount'].map(name => join(folder, name)),
  );
  const later = userName.replace('4f1c', 'c1f4');
  writeFileSync(join(folder, 'user'), later);
  const decision = await decideIn(folder, user);
  t.match(decision, { kind: 'forward' });
  t.ok(
    decision.kind === 'forward' && decision.request.fields.some(([name, value]) => name === later && value === 'alice'),
  );
});

t.test('no refusal says a name', async t => {
  const folder = t.testdir({ user: userName, mount: mountName });
  const longest = await decideIn(folder, user, ['X-Forwarded-For', '10.0.0.1'], ['User-Agent', 'a'.repeat(900)]);
  t.match(longest, { kind: 'refuse', refusal: { reason: 'headers-too-large', detail: /User-Agent/ } });
  writeFileSync(join(folder, 'user'), `${userName}${'-a0'.repeat(30)}`);
  const own = await decideIn(
    folder,
    user,
    ...[...Array(14).keys()].map(at => [`Accept`, `${at}${'b'.repeat(60)}`] as const),
  );
  t.match(own, {
    kind: 'refuse',
    refusal: { reason: 'headers-too-large', detail: /largest field is inject\.user\.headerFile$/ },
  });
});

t.test('a plugin that takes cookies of the name, and sets them, gets and gives none (H14)', async t => {
  const folder = t.testdir({ user: userName, service: 'hub-service-token' });
  const configPath = join(folder, 'proxy.yaml');
  const text = configText(user).replace(
    'jhubauthenticators.HeaderAuthenticator',
    'jhub_remote_login.RemoteUserAuthenticator, tokenFile: service',
  );
  writeFileSync(configPath, text);
  const opened = await openGeneration({ configPath, env: {}, keyIo });
  if (!opened.ok) throw new Error(opened.problems.join('\n'));
  opened.generation.keys.close();
  const { policy } = opened.generation;
  const place = classify('/hub/login', policy.places);
  if (place === null) throw new Error('no place');
  const visit = { place, visitor: 'alice', issuer: 'front' };
  const names = [userName, userName.toLowerCase(), 'token'];
  t.same(cookiesFor(cookiePairs([names.map(name => `${name}=root`).join('; ')]), visit, policy.cookies), []);
  const said = names.map((name): FieldLine => ['Set-Cookie', `${name}=alice; Path=/`]);
  t.same(filterAnswer([...said, ['Set-Cookie', 'a=b']], visit, policy).slice(0, 1), [['Set-Cookie', 'a=b']]);
});

t.test('files that hold no name', async t => {
  const contents: readonly [content: string, fault: RegExp][] = [
    ['', /is not letters, digits and dashes on one line/],
    [`${userName}\n\n`, /is not letters, digits and dashes on one line/],
    [`${userName}: x`, /is not letters, digits and dashes on one line/],
    ['X_4f1c8b27d3a96e05b8c2417f6ad39e50', /is not letters, digits and dashes on one line/],
    ['4f1c8b27d3a96e05b8c2417f6ad39e50', /beginning with a letter/],
    ['X-4f1c8b27d3a96e05b8c2417f6ad39e5', /has not 32 letters and digits behind "X-"/],
    [`X-${'0123456789abcdef'.repeat(9)}`, /or more than 128 characters/],
    [`X-${'ab'.repeat(20)}`, /can be guessed/],
    ['X-Forwarded-4f1c8b27d3a96e05b8c2417f6ad39e50', /^$/],
    ['X-Hubgate-4f1c8b27d3a96e05b8c2417f6ad39e50', /is one of the gate's own fields/],
  ];
  for (const [content, fault] of contents) {
    const opened = await openIn(t.testdir({ user: content }), user);
    const said = opened.ok ? '' : opened.problems.join();
    t.match(said, fault, content);
    t.notMatch(said, /4f1c8b27|ababab/, 'the name is not told');
    t.ok(said === '' || said.includes('proxy.yaml:6:31 inject.user.headerFile: '), said);
  }
  const folder = t.testdir({});
  for (const [kind, file] of await makeIrregularFiles(t)) {
    const opened = await openIn(folder, `user: { headerFile: ${file} }`);
    t.match(opened.ok ? '' : opened.problems.join(), /expected a secret header name/, kind);
  }
});

t.test('names that meet', async t => {
  const folder = t.testdir({ user: userName, mount: userName });
  const same = await openIn(folder, both);
  t.match(same.ok ? '' : same.problems.join(), /inject\.mount\.headerFile: is the identity header's name/);
  const twice = await openIn(folder, 'user: { headerFile: user, header: X-Mine }');
  t.match(
    twice.ok ? '' : twice.problems.join(),
    /inject\.user\.headerFile: stands beside header, expected one of both/,
  );
  const data = await openIn(folder, `${user}, data: { ${userName}: { claim: c } }`);
  t.match(data.ok ? '' : data.problems.join(), /is the identity header's name, expected another/);
  const asserted = await openIn(folder, user, '');
  t.ok(asserted.ok);
});
