import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { parseDocument } from 'yaml';
import { configJsonSchema, knownKeys } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/load.ts';
import { formatPath, formatProblem, type Path } from '../../src/config/problems.ts';
import { written } from './written.ts';

const EXAMPLE = readFileSync(new URL('../../proxy.example.yaml', import.meta.url), 'utf8');

interface Key {
  readonly path: Path;
  readonly schema: Record<string, unknown>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const part = (schema: unknown, name: string): Record<string, unknown> => {
  const found = isRecord(schema) ? schema[name] : undefined;
  return isRecord(found) ? found : {};
};

/** Every key that the schema knows, entries of lists as index 0. */
function keysOf(schema: unknown, path: Path): Key[] {
  const own = Object.entries(part(schema, 'properties')).flatMap(([name, member]) =>
    isRecord(member) ? [{ path: [...path, name], schema: member }, ...keysOf(member, [...path, name])] : [],
  );
  const items = part(schema, 'items');
  const named = part(schema, 'additionalProperties');
  return [
    ...own,
    ...(Object.keys(items).length > 0 ? keysOf(items, [...path, 0]) : []),
    ...(Object.keys(named).length > 0 ? keysOf(named, [...path, '*']) : []),
  ];
}

const ALL = keysOf(configJsonSchema(), []);
const LATER = 'not available yet';

test('the example loads, with a warning of what no config has yet', async t => {
  const result = parseConfig(EXAMPLE, 'proxy.example.yaml', {});
  t.match(result.ok ? result.warnings.map(formatProblem) : result.problems.map(formatProblem), [
    /^proxy\.example\.yaml:\d+:\d+ session: has no store beside it, /,
  ]);
  t.equal(result.ok && result.warnings.length, 1);
});

test('the example names every key', async t => {
  t.ok(ALL.length > 120, 'the schema is walked');
  for (const { path } of ALL) {
    const name = String(path.at(-1));
    t.match(EXAMPLE, new RegExp(`(^|[\\s{#])${name.replace('*', '[A-Za-z]+')}:`, 'm'), formatPath(path));
  }
});

/** Keys whose value in the example stands for what an operator has, said so beside it. */
const EXAMPLES = new Set([
  'clientCertificate',
  'audiences',
  'keys',
  'claimValidationRules',
  'userValidationRules',
  'extra',
  'uid',
  'inject',
  'data',
  'mount',
  'jwt',
  'origins',
  'sso',
  'introspection',
]);

test('where the example shows a default, it is the default', async t => {
  const shown: unknown = parseDocument(EXAMPLE).toJS();
  let compared = 0;
  for (const { path, schema } of ALL) {
    if (!('default' in schema) || EXAMPLES.has(String(path.at(-1))) || isRecord(schema['default'])) continue;
    const value = path.reduce<unknown>(
      (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
      shown,
    );
    if (path.includes('*')) continue;
    t.same(value, schema['default'], formatPath(path));
    compared += 1;
  }
  t.ok(compared > 60, 'defaults are compared');
});

test('each key has a description', async t => {
  for (const { path, schema } of ALL) t.match(schema['description'], /^\S.{3,}/, formatPath(path));
});

test('JSON Schema: for editors', async t => {
  const schema: Record<string, unknown> = { ...configJsonSchema() };
  t.equal(schema['$schema'], 'https://json-schema.org/draft/2020-12/schema');
  t.equal(schema['title'], 'hubgate config file');
  t.equal(schema['additionalProperties'], false, 'unknown keys are marked');
  t.same(schema['required'], ['publicUrl', 'listen', 'hub', 'trust']);
  t.same(part(part(part(part(schema, 'properties'), 'trust'), 'properties'), 'others')['enum'], [
    'refuse',
    'bearerOnly',
  ]);
  t.same(knownKeys(['trust']), ['proxies', 'others', 'clientAddress', 'unixPeers']);
  t.same(knownKeys(['inject', 'data', 'State', 'x', 0]), []);
});

/** Path of a key → a config that switches it on. */
const PLANNED: Readonly<Record<string, Record<string, string>>> = {
  'store.url': { store: '{ url: redis://r }' },
  decide: { decide: '{ address: 127.0.0.1:9191 }' },
  mode: { mode: 'observe' },
  'tracing.endpoint': { tracing: '{ endpoint: x }' },
  workers: { workers: '2' },
};

test('what is not built yet says so, with what may stand there, and nothing else', async t => {
  for (const [path, keys] of Object.entries(PLANNED)) {
    const result = parseConfig(written(keys), 'f', {});
    const problems = result.ok ? [] : result.problems;
    t.same([result.ok, problems.map(problem => problem.path)], [false, [path]]);
    t.match(problems, [{ message: /^not available yet, expected [^ ]/ }], path);
  }
});

test('each key that the schema calls not available yet is tried', async t => {
  const tried = new Set(Object.keys(PLANNED));
  const planned = ALL.filter(({ schema }) => String(schema['description']).endsWith(`(${LATER})`)).map(({ path }) =>
    formatPath(path),
  );
  t.same(
    planned.filter(path => !tried.has(path)),
    [],
  );
  t.ok(planned.length > 3);
});
