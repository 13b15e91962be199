/** The differential tests can fail: the servers do differ, and a gate that lets everything by breaches the law. */
import t from 'tap';
import { honestAnswer, tryAnswers } from './answer-trial.ts';
import { seedAnswers } from './corpus/answers.ts';
import { seedRequests } from './corpus/requests.ts';
import { plainDraft, provenLines, smuggled, written } from './drafts.ts';
import { sendPieces } from './piecewise-client.ts';
import type { OracleName } from './reading.ts';
import { numberedAnswer, openOracles, tryRequests } from './request-trial.ts';
import { type Answering, openTappedHub } from './tapped-hub.ts';
import type { World } from './world.ts';

const oracles = await openOracles(t);

/** No gate at all. */
async function openUnguarded(answering: Answering): Promise<World> {
  const hub = await openTappedHub(answering);
  t.teardown(() => hub.close());
  return { hub, send: (pieces, halfCloses) => sendPieces(hub.port, pieces, halfCloses) };
}

async function targets(bytes: string): Promise<Partial<Record<OracleName, readonly string[]>>> {
  const entries = oracles.servers.map(async oracle => {
    const [reading] = await oracle.read([bytes]);
    return [oracle.name, reading?.requests.map(({ target }) => target) ?? []] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function proven(...lines: readonly string[]): string {
  return written({ ...plainDraft, method: 'POST', lines: [...provenLines, ...lines] });
}

t.test('every server reads what is plain', async t => {
  const bytes = `${proven(`Content-Length: ${smuggled.length}`)}${smuggled}${written({ ...plainDraft, target: '/next' })}`;
  const all = ['/x', '/next'];
  t.strictSame(await targets(bytes), { llhttp: all, Tornado: all, nginx: all });
});

t.test('the servers differ where they are known to', async t => {
  const lineFeeds = written({ ...plainDraft, lineEnd: '\n', headEnd: '\n' });
  t.strictSame(await targets(lineFeeds), { llhttp: [], Tornado: ['/x'], nginx: ['/x'] });
  t.strictSame(await targets(proven('Host: evil.test')), { llhttp: ['/x'], Tornado: [], nginx: [] });
  const oldChunks = `${proven('Transfer-Encoding: chunked')}0\r\n\r\n`.replace('HTTP/1.1', 'HTTP/1.0');
  t.strictSame(await targets(oldChunks), { llhttp: ['/x'], Tornado: ['/x'], nginx: [] });
});

t.test('without a gate, no request that must be refused keeps the law', async t => {
  const world = await openUnguarded(numberedAnswer);
  const wrong = seedRequests.filter(({ refuses }) => refuses === true);
  const trials = await tryRequests(
    world,
    oracles,
    wrong.map(({ bytes }) => [bytes]),
  );
  const lawful = wrong.filter((_, at) => trials[at]?.breaches.length === 0);
  t.strictSame(lawful, []);
  const rules = new Set(trials.flatMap(({ breaches }) => breaches.map(({ rule }) => rule)));
  t.ok(rules.has('every server reads the bytes at the hub alike'), 'the servers read some of them differently');
});

t.test('without a gate, answers that must be refused reach the client', async t => {
  const world = await openUnguarded(honestAnswer);
  const lies = seedAnswers.filter(({ fates }) => fates.length === 1 && fates[0] === 'refused');
  const trials = await tryAnswers(
    world,
    lies.map(({ said }) => said),
  );
  t.strictSame(
    lies.filter((_, at) => trials[at]?.breaches.length === 0),
    [],
  );
});
