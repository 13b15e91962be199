/** What is remembered of tokens is bounded in bytes, whatever an operator's mappings make of little claims. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { CarrierConfig } from '../../../src/config/sections/jwt.ts';
import { compileExpression, type Expression, type ExpressionUse } from '../../../src/expression/compile.ts';
import type { Finding } from '../../../src/gate/lookups.ts';
import type { Identity } from '../../../src/gate/proof.ts';
import { weightOf } from '../../../src/http/weight.ts';
import { givenBy } from '../../../src/hub/injected-expression.ts';
import { bearerTokenProver } from '../../../src/identity/tokens/bearer-token.ts';
import type { IssuerRules } from '../../../src/identity/tokens/issuer-rules.ts';
import { opaqueTokenProver } from '../../../src/identity/tokens/opaque-token.ts';
import { readJson } from '../../../src/identity/tokens/strict-json.ts';
import type { Carrying } from '../../../src/identity/tokens/token-carriers.ts';
import { encodePart } from '../token-maker.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const now = 1_800_000_000_000;
const url = 'https://sso.example.org/realms/lab';

function expressionOf(source: string, use: ExpressionUse): Expression {
  const compiled = compileExpression(source, use);
  if ('fault' in compiled) throw new Error(compiled.fault);
  return compiled;
}

/** Sixty thousand characters out of a thousand. */
const blownUp = 'claims.list.map(i, claims.pad + string(i))';
/** Few characters, each cut out of many. */
const cutOut = 'claims.list.map(i, (claims.pad + string(i)).substring(560, 600))';

const rulesWith = (source: string | null, carriers: readonly CarrierConfig[] = []): IssuerRules => ({
  url,
  audiences: new Set(['jupyterhub']),
  anyAudience: false,
  algorithms: new Set(['ES256']),
  ...(carriers.length === 0 ? {} : { carriers }),
  type: 'any',
  clockToleranceMs: 0,
  maxAgeMs: 0,
  requiredClaims: [],
  username: { claim: 'sub', prefix: '' },
  ...(source === null ? {} : { extra: [{ key: 'lab.example/much', expression: expressionOf(source, 'claimTexts') }] }),
  unverifiedEmail: false,
});

const list = Array.from({ length: 100 }, (_, at) => at);
const claimsOf = (at: number): Readonly<Record<string, unknown>> => ({
  iss: url,
  aud: 'jupyterhub',
  sub: `user-${at}`,
  exp: now / 1000 + 600,
  list,
  pad: `${at}-`.padEnd(600, 'x'),
});

const headerPart = encodePart({ alg: 'ES256', kid: 'k1' });
const tokenOf = (claims: Readonly<Record<string, unknown>>): string => `${headerPart}.${encodePart(claims)}.AAAA`;

const held = (): Finding => ({ what: 'signature' });
const ofNone = new Map<string, Finding>();

/** MiB by which the heap grows while something is done, of which `keep` keeps alive what it needs. */
function growth<Kept>(work: () => Kept, keep: (kept: Kept) => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = work();
  collect();
  const after = process.memoryUsage().heapUsed;
  keep(kept);
  return (after - before) / 1024 / 1024;
}

/** MiB that a prover keeps of many requests that all come once. */
function keptOf(rules: IssuerRules, count: number, requestOf: (at: number) => Carrying, known?: () => Finding): number {
  const prover = bearerTokenProver([rules]);
  const look = known === undefined ? { now, findings: ofNone } : { now, findings: ofNone, known };
  const work = (): typeof prover => {
    for (let at = 0; at < count; at += 1) prover.prove(requestOf(at), look);
    return prover;
  };
  const expected = known === undefined ? { kind: 'lookup' } : { prover: 'jwt' };
  return growth(work, kept => t.match(kept.prove(requestOf(0), look), expected, 'the first one is as good as ever'));
}

const bearer = (at: number): Carrying => ({ authorization: `Bearer ${tokenOf(claimsOf(at))}` });

t.test('mappings that make much of little', async t => {
  const grown = keptOf(rulesWith(blownUp), 2500, bearer, held);
  t.ok(grown > 4 && grown < 56, `${grown.toFixed(1)} MiB of 150`);
});

t.test('pieces of texts do not keep the whole', async t => {
  const grown = keptOf(rulesWith(cutOut), 1500, bearer, held);
  t.ok(grown > 1 && grown < 32, `${grown.toFixed(1)} MiB of 100`);
});

t.test('all carriers share the room', async t => {
  const carriers: readonly CarrierConfig[] = [
    { kind: 'header', header: 'X-Lab-Assertion', scheme: null },
    { kind: 'cookie', cookie: 'lab_jwt' },
    { kind: 'header', header: 'Authorization', scheme: 'Bearer' },
  ];
  const shownIn = (at: number): Carrying => {
    const token = tokenOf(claimsOf(at));
    if (at % 3 === 0) return { authorization: `Bearer ${token}`, standing: 'proxy' };
    return at % 3 === 1
      ? { authorization: undefined, standing: 'proxy', setAside: new Map([['x-lab-assertion', [token]]]) }
      : { authorization: undefined, standing: 'proxy', cookies: [{ name: 'lab_jwt', text: `lab_jwt=${token}` }] };
  };
  const grown = keptOf(rulesWith(blownUp, carriers), 2500, shownIn, held);
  t.ok(grown > 4 && grown < 40, `${grown.toFixed(1)} MiB of 150`);
});

t.test('tokens that nobody signed, with claims that are larger than they look', async t => {
  const objects = Array.from({ length: 3500 }, () => ({}));
  const forged = (at: number): Carrying => ({
    authorization: `Bearer ${tokenOf({ ...claimsOf(at), list: [], pad: '', objects })}`,
  });
  const grown = keptOf(rulesWith(null), 150, forged);
  t.ok(grown < 16, `${grown.toFixed(1)} MiB of 100`);
});

t.test('answers about opaque tokens', async t => {
  const times = { cacheForMs: 30_000, timeoutMs: 5000 };
  const rules = { rules: rulesWith(blownUp), issuer: url, entry: 'introspection[0]', typed: false, ...times };
  const answers = Array.from({ length: 1500 }, (_, at) => {
    const token = `opaque-${at}`;
    return {
      token,
      entry: 0,
      claims: Object.assign(Object.create(null), claimsOf(at)),
      givenAt: { wall: now, steady: 0 },
      until: now + 30_000,
    };
  });
  const prover = opaqueTokenProver([rules]);
  const prove = (answer: (typeof answers)[number]): unknown =>
    prover.prove(
      { authorization: `Bearer ${answer.token}` },
      { now, findings: ofNone, known: () => ({ what: 'introspection', answer }) },
    );
  const grown = growth(
    () => answers.map(answer => prove(answer) !== null),
    () => t.match(prove(answers[0] as (typeof answers)[number]), { prover: 'introspection', username: 'user-0' }),
  );
  t.ok(grown > 2 && grown < 20, `${grown.toFixed(1)} MiB of 90`);
});

t.test('what is injected', async t => {
  const givens = ['State', 'Team'].map(header => givenBy(expressionOf(blownUp, 'data'), header, 2));
  const identities = Array.from(
    { length: 1000 },
    (_, at) => ({ claims: claimsOf(at), groups: [] }) as unknown as Identity,
  );
  const grown = growth(
    () => identities.map(identity => givens.map(given => 'json' in given(identity))),
    kept => t.ok(kept.flat().every(Boolean)),
  );
  t.ok(grown > 2 && grown < 20, `${grown.toFixed(1)} MiB of 120`);
  const [given] = givens;
  const [identity] = identities.slice(-1);
  t.equal(given?.(identity as Identity), given?.(identity as Identity), 'and what came last is at hand');
});

t.test('weightOf is no less than what V8 takes, and not far more', async t => {
  const texts: readonly string[] = [
    '{}',
    '[]',
    '{"iss":"https://sso.example","aud":["jupyterhub"],"exp":1800000000,"groups":["staff","gpu"]}',
    `[${Array.from({ length: 300 }, () => '{}').join()}]`,
    `[${Array.from({ length: 300 }, () => '0.5').join()},""]`,
    `{${Array.from({ length: 300 }, (_, at) => `"name-${at}":{"a":[]}`).join()}}`,
    JSON.stringify('\u0141'.repeat(1000)),
  ];
  for (const text of texts) {
    const count = Math.ceil(1_000_000 / (text.length + 98));
    const work = (): unknown[] => Array.from({ length: count }, () => readJson(text));
    work();
    const grown = growth(work, values => t.equal(values.length, count));
    const bytes = (grown * 1024 * 1024) / count;
    const weight = weightOf(readJson(text));
    const told = `${text.slice(0, 40)}: ${weight} for ${bytes.toFixed(0)}`;
    t.ok(weight > bytes * 0.9 && weight < bytes * 5 + 100, told);
  }
});
