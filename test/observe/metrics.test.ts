/** The metrics page: what it says of a reading, and that it says it anew each time. */
import t from 'tap';
import { refuse } from '../../src/gate/reasons.ts';
import { type MetricsReading, openMetrics } from '../../src/observe/metrics.ts';
import { RequestCounts } from '../../src/observe/request-counts.ts';

function readingOf(more: Partial<MetricsReading> = {}): MetricsReading {
  return {
    requests: new RequestCounts(),
    connections: 3,
    webSockets: 1,
    hub: { open: 5, idle: 2 },
    tokens: {
      counts: { hits: 10, refusedHits: 2, misses: 4 },
      held: { entries: 3, characters: 900 },
      others: { entries: 1, characters: 300 },
    },
    issuers: [
      { issuer: 'https://a.example', keys: 2, ageSeconds: 12.5, failed: false },
      { issuer: 'https://b.example/"x"', keys: 0, ageSeconds: undefined, failed: true },
    ],
    introspection: {
      asked: 7,
      failed: 1,
      cached: 20,
      crowded: 5,
      endpoints: [
        { endpoint: 'introspection[0]', failed: false },
        { endpoint: 'introspection[1]', failed: true },
      ],
    },
    generation: 4,
    lastReloadGood: false,
    ...more,
  };
}

/** Without comments. */
function samples(text: string): string[] {
  return text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
}

t.test('everything that is counted', async t => {
  const requests = new RequestCounts();
  requests.note({ decision: 'forward', refusal: undefined });
  requests.note({ decision: 'forward', refusal: undefined });
  requests.note({ decision: 'answer', refusal: undefined });
  requests.note({ decision: 'none', refusal: undefined });
  requests.note({ decision: 'refuse', refusal: refuse('token-expired', 'detail') });
  requests.note({ decision: 'refuse', refusal: refuse('token-expired', 'another') });
  requests.note({ decision: 'forward', refusal: refuse('hub-timeout') });
  const { text, contentType } = await openMetrics(() => readingOf({ requests }))();
  t.match(contentType, /^text\/plain; version=0\.0\.4/);
  t.strictSame(samples(text), [
    'hubgate_requests_total{outcome="forwarded",reason=""} 2',
    'hubgate_requests_total{outcome="answered",reason=""} 1',
    'hubgate_requests_total{outcome="gone",reason=""} 1',
    'hubgate_requests_total{outcome="refused",reason="token-expired"} 2',
    'hubgate_requests_total{outcome="failed",reason="hub-timeout"} 1',
    'hubgate_connections 3',
    'hubgate_websockets 1',
    'hubgate_hub_connections{state="in-use"} 3',
    'hubgate_hub_connections{state="idle"} 2',
    'hubgate_token_memory_lookups_total{result="hit"} 10',
    'hubgate_token_memory_lookups_total{result="refused-hit"} 2',
    'hubgate_token_memory_lookups_total{result="miss"} 4',
    'hubgate_token_memory_entries{kind="held"} 3',
    'hubgate_token_memory_entries{kind="other"} 1',
    'hubgate_token_memory_bytes{kind="held"} 900',
    'hubgate_token_memory_bytes{kind="other"} 300',
    'hubgate_issuer_keys{issuer="https://a.example"} 2',
    'hubgate_issuer_keys{issuer="https://b.example/\\"x\\""} 0',
    'hubgate_issuer_keys_age_seconds{issuer="https://a.example"} 12.5',
    'hubgate_issuer_keys_error{issuer="https://a.example"} 0',
    'hubgate_issuer_keys_error{issuer="https://b.example/\\"x\\""} 1',
    'hubgate_introspection_asked_total 7',
    'hubgate_introspection_failed_total 1',
    'hubgate_introspection_cached_total 20',
    'hubgate_introspection_crowded_total 5',
    'hubgate_introspection_error{endpoint="introspection[0]"} 0',
    'hubgate_introspection_error{endpoint="introspection[1]"} 1',
    'hubgate_config_generation 4',
    'hubgate_config_last_reload_good 0',
  ]);
  for (const line of samples(text)) {
    const name = line.replace(/[{ ].*/, '');
    t.match(text, new RegExp(`# HELP ${name} [^\\n]+\\n# TYPE ${name} (?:counter|gauge)\\n`), name);
  }
});

t.test('a page is of its own moment, with nothing of the one before', async t => {
  let reading = readingOf();
  const write = openMetrics(() => reading);
  const first = samples((await write()).text);
  t.ok(first.includes('hubgate_connections 3') && first.some(line => line.includes('b.example')));
  reading = readingOf({ connections: 0, issuers: [], generation: 5 });
  const second = samples((await write()).text);
  t.ok(second.includes('hubgate_connections 0') && second.includes('hubgate_config_generation 5'));
  t.notOk(
    second.some(line => line.includes('b.example')),
    'an issuer that is gone is gone',
  );
  t.strictSame(samples((await write()).text), second, 'to ask adds nothing');
});

t.test('two pages do not share a registry', async t => {
  const [one, other] = [openMetrics(() => readingOf()), openMetrics(() => readingOf({ connections: 9 }))];
  t.ok(samples((await one()).text).includes('hubgate_connections 3'));
  t.ok(samples((await other()).text).includes('hubgate_connections 9'));
});
