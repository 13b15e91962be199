/** What is made of measurements: medians, ratios, faults, and the page. */
import { test } from 'tap';
import { chooseLoads, choosePeers } from '../../bench/choose.ts';
import { faultsOf, requestFile, type WrkCount } from '../../bench/clients/wrk.ts';
import { meanFigures, median, medianFigures, ratioFigures, spread } from '../../bench/figures.ts';
import { allLoads } from '../../bench/loads/all.ts';
import { allPeers } from '../../bench/peers/all.ts';
import { peersAhead } from '../../bench/report/ahead.ts';
import { ratioBetween } from '../../bench/report/lookup.ts';
import { performancePage } from '../../bench/report/page.ts';
import type { LoadResult, Results } from '../../bench/results.ts';

test('medians, means, ratios and spreads', async t => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(spread([2, 3, 5]), 2.5);
  t.strictSame(medianFigures([{ a: 1 }, { a: 5 }, { a: 3 }]), { a: 3 });
  t.strictSame(meanFigures([{ a: 1 }, { a: 5 }]), { a: 3 });
  t.strictSame(ratioFigures({ a: 3, b: 1 }, { a: 2, b: 0 }), { a: 1.5 }, 'nought has no ratio');
});

test('a request file gives the length of each request in bytes', async t => {
  t.equal(requestFile(['GET', 'é']), '3\nGET2\né');
});

const fine: WrkCount = {
  requests: 100,
  bytes: 1000,
  micros: 1e6,
  p50: 1,
  p99: 2,
  p999: 3,
  max: 4,
  connect: 0,
  read: 0,
  write: 0,
  status: 0,
  timeout: 0,
  wrongBodies: 0,
};
const faultRows: { title: string; count: Partial<WrkCount>; answers?: 'good' | 'refused'; faults: RegExp[] }[] = [
  { title: 'all is well', count: {}, faults: [] },
  { title: 'bytes of answers on their way count for nothing', count: { bytes: 1020 }, faults: [] },
  { title: 'a short body is a fault', count: { bytes: 999 }, faults: [/999 bytes in 100 answers of 10/] },
  { title: 'a long body is a fault', count: { bytes: 1021 }, faults: [/1021 bytes/] },
  { title: 'a wrong body is a fault', count: { wrongBodies: 1 }, faults: [/1 errors of kind wrongBodies/] },
  { title: 'a socket error is a fault', count: { read: 2 }, faults: [/2 errors of kind read/] },
  { title: 'a time-out is a fault', count: { timeout: 1 }, faults: [/kind timeout/] },
  { title: 'silence is a fault', count: { requests: 0, bytes: 0 }, faults: [/no answer at all/] },
  { title: 'a refusal of what is good is a fault', count: { status: 1 }, faults: [/1 refused/] },
  { title: 'refusals are meant', count: { status: 100 }, answers: 'refused', faults: [] },
  {
    title: 'what passes where all is refused is a fault',
    count: { status: 99 },
    answers: 'refused',
    faults: [/1 passed/],
  },
];
for (const { title, count, answers = 'good', faults } of faultRows) {
  test(title, async t => {
    t.match(faultsOf({ ...fine, ...count }, { answers, wireBytes: 10, connections: 2 }), faults);
    t.equal(faultsOf({ ...fine, ...count }, { answers, wireBytes: 10, connections: 2 }).length, faults.length);
  });
}

test('loads are chosen by name or first word, peers by name with nginx', async t => {
  const names = (only: string): string[] => chooseLoads(allLoads, only).map(({ name }) => name);
  t.strictSame(names('cold,repeated'), ['repeated', 'cold-rs256', 'cold-es256']);
  t.throws(() => names('cold,rep'), /no such load: rep; there are repeated, /);
  t.strictSame(
    choosePeers(allPeers, 'hubgate').map(({ name }) => name),
    ['nginx', 'hubgate'],
  );
  t.throws(() => choosePeers(allPeers, 'squid'), /no such peer: squid/);
});

const repeated: LoadResult = {
  name: 'repeated',
  about: 'one token',
  reference: 'nginx',
  drift: { cpuMicros: 1.1 },
  valid: true,
  contestants: [
    { name: 'nginx', figures: { cpuMicros: 20 }, ratios: {}, ratioOfRounds: [] },
    {
      name: 'haproxy-jwt',
      figures: { cpuMicros: 60 },
      ratios: { cpuMicros: 3 },
      ratioOfRounds: [{ cpuMicros: 2 }, { cpuMicros: 3 }, { cpuMicros: 4 }],
    },
    {
      name: 'hubgate',
      figures: { cpuMicros: 24 },
      ratios: { cpuMicros: 1.2 },
      ratioOfRounds: [{ cpuMicros: 1.2 }, { cpuMicros: 1.2 }, { cpuMicros: 1.2 }],
    },
  ],
  proofs: { hubgate: [{ what: 'a bad signature is refused', held: true, seen: '401' }] },
  failures: [],
  runs: [{ contestant: 'nginx', round: 1, figures: { cpuMicros: 20 }, spinMs: 20, loadAverage: 1 }],
};
const results: Results = {
  format: 1,
  commands: ['npm run bench'],
  date: '2026-01-02T03:04:05',
  quick: false,
  rounds: 3,
  machine: { cores: 2, memoryGiB: 8, architecture: 'x64', kernel: '6.1', node: 'v26.10.0' },
  peers: [
    { name: 'nginx', title: 'nginx proxy_pass, no auth', version: '1.22.1', install: '' },
    { name: 'haproxy-jwt', title: 'HAProxy with jwt_verify', version: '2.6.12', install: '' },
    { name: 'caddy', title: 'Caddy', version: null, install: 'apt-get install caddy' },
    { name: 'hubgate', title: 'hubgate', version: '0.1.0', install: '' },
  ],
  loads: [repeated],
};

test('a ratio between two peers is the median of the rounds', async t => {
  t.equal(ratioBetween(repeated, 'hubgate', 'nginx', 'cpuMicros'), 1.2);
  t.equal(ratioBetween(repeated, 'hubgate', 'haproxy-jwt', 'cpuMicros'), 1.2 / 3);
  t.equal(ratioBetween(repeated, 'hubgate', 'caddy', 'cpuMicros'), null);
  t.equal(ratioBetween(null, 'hubgate', 'nginx', 'cpuMicros'), null);
});

test('peers that are ahead are named, with the figure', async t => {
  t.strictSame(peersAhead(results), ['nginx proxy_pass, no auth, `repeated`: CPU per request 1.20×']);
});

test('the page says what was reached, missed, not measured and missing', async t => {
  const page = performancePage(results);
  t.match(page, '    npm run bench\n');
  t.match(page, '| CPU per request against nginx without auth, one token | ≤ 1.30 | 1.20 | reached |');
  t.match(page, '| CPU per request against HAProxy jwt_verify | ≤ 0.50 | 0.40 | reached |');
  t.match(page, '| the same, 2 000 tokens in turn | ≤ 1.40 | – | not measured |');
  t.match(page, '- Caddy: it was not there.');
  t.match(page, '- The load `varying`.');
  t.match(page, 'a bad signature is refused (401)');
});

test('a drifting reference makes the verdict invalid, a figure beyond its bound is missed', async t => {
  t.match(
    performancePage({ ...results, loads: [{ ...repeated, valid: false }] }),
    '| 1.20 | invalid: the reference drifted |',
  );
  const slow = repeated.contestants.map(contestant =>
    contestant.name === 'hubgate' ? { ...contestant, ratios: { cpuMicros: 1.31 } } : contestant,
  );
  t.match(performancePage({ ...results, loads: [{ ...repeated, contestants: slow }] }), '| 1.31 | **missed** |');
});

test('no page is made of a quick run', async t => {
  t.throws(() => performancePage({ ...results, quick: true }), /quick run/);
});
