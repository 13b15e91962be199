/** `node bench/micro/expressions.ts [FACTOR]`: what rules and mappings in CEL cost a new token. FACTOR times 20 000 rounds. */
import { compileExpression, type Expression, type ExpressionUse } from '../../src/expression/compile.ts';

function compiled(source: string, use: ExpressionUse): Expression {
  const expression = compileExpression(source, use);
  if ('fault' in expression) throw new Error(expression.fault);
  return expression;
}

const user = { username: 'alice', groups: ['staff', 'gpu', 'lab'], uid: 's-1', extra: new Map() };

/** As the strict reader gives a token of 1 KB. */
function claims(): Readonly<Record<string, unknown>> {
  const plain = {
    iss: 'https://sso.example',
    aud: ['jupyterhub', 'account'],
    sub: 'f3c0a1de-0000-4000-8000-000000000001',
    exp: 1_800_003_600,
    nbf: 1_800_000_000,
    realm_access: { roles: ['offline_access', 'uma_authorization', 'default-roles-lab'] },
    email: 'alice@lab.example',
    email_verified: true,
    roles: 'staff,gpu,lab',
  };
  return Object.assign(Object.create(null), plain);
}

const measured: readonly (readonly [source: string, use: ExpressionUse])[] = [
  ['true', 'claimRule'],
  ['claims.exp - claims.nbf <= 86400', 'claimRule'],
  ['claims.?email_verified.orValue(true) == true', 'claimRule'],
  ['claims.email.split("@")[0].lowerAscii()', 'claimText'],
  ['claims.roles.split(",").filter(r, r != "").map(r, "lab:" + r)', 'claimTexts'],
  ['claims.email.matches("^[a-z.]+@lab[.]example$")', 'claimRule'],
  ['"lab" in user.groups', 'userRule'],
];

const rounds = 20_000 * Number(process.argv[2] ?? 1);
process.stdout.write('µs with known claims, µs with new ones\n');
for (const [source, use] of measured) {
  const expression = compiled(source, use);
  const known = claims();
  const took = [() => known, claims].map(next => {
    const started = process.hrtime.bigint();
    for (let round = 0; round < rounds; round += 1) expression.evaluate({ claims: next(), user });
    return Number(process.hrtime.bigint() - started) / 1000 / rounds;
  });
  process.stdout.write(`${took.map(us => us.toFixed(2).padStart(6)).join(' ')}  ${source}\n`);
}
