/** hubgate token verify beside jose: the gate takes no token that jose does not, and where it is stricter it says why. */
import { createLocalJWKSet, type JWTVerifyOptions, jwtVerify } from 'jose';
import { test } from 'tap';
import { jwksBytes } from '../identity/token-maker.ts';
import { config, now } from './issuer-desk.ts';
import {
  algorithms,
  audience,
  clockTolerance,
  issuer,
  type JudgedToken,
  judgedTokens,
  published,
  type Setting,
} from './judged-tokens.ts';
import { type Desk, makeDesk } from './run-command.ts';

/** How each setting is written, for the gate and for jose. */
const settings: Readonly<Record<Setting, { readonly entry: string; readonly options: JWTVerifyOptions }>> = {
  plain: { entry: '', options: {} },
  typed: { entry: 'type: at+jwt', options: { typ: 'at+jwt' } },
  aged: { entry: 'maxAge: 1m', options: { maxTokenAge: 60 } },
};

function entryText(more: string): string {
  return `
  - issuer: { url: ${issuer}, audiences: [${audience}] }
    keys: { jwksFile: keys.json }
    algorithms: [${algorithms.join(', ')}]
    claimMappings: { username: { claim: preferred_username, prefix: '' } }
    ${more}`;
}

const keySet = createLocalJWKSet({ keys: [...published] });

async function joseTakes({ token, setting }: JudgedToken): Promise<boolean> {
  const options = { issuer, audience, clockTolerance, algorithms: [...algorithms], requiredClaims: ['exp'] };
  try {
    await jwtVerify(token, keySet, { ...options, ...settings[setting].options, currentDate: new Date(now) });
    return true;
  } catch {
    return false;
  }
}

/** Null where it takes the token, else its reason. */
async function gateRefuses(desk: Desk, { token, setting }: JudgedToken): Promise<string | null> {
  const args = ['token', 'verify', '--config', `@${setting}.yaml`, '--now', now];
  const { code, stdout, stderr } = await desk.run(args, `${token}\n`);
  if (code === 0) return null;
  return /^refused: ([a-z-]+),/m.exec(stdout)?.[1] ?? `${stdout}${stderr}`;
}

test('nearly three hundred tokens, beside jose', async t => {
  const desk = makeDesk(t);
  desk.write('keys.json', jwksBytes(...published));
  for (const [setting, { entry }] of Object.entries(settings))
    desk.write(`${setting}.yaml`, config({ jwt: entryText(entry), sso: '[]', user: '{}', inject: '{}' }));
  t.equal(new Set(judgedTokens.map(({ token }) => token)).size, judgedTokens.length, 'each is another');
  t.ok(judgedTokens.length >= 290);
  t.equal(new Set(judgedTokens.map(({ title }) => title)).size, judgedTokens.length, 'each has a name');
  for (const judged of judgedTokens) {
    const { title, verdict } = judged;
    const [taken, reason] = [await joseTakes(judged), await gateRefuses(desk, judged)];
    if (typeof verdict === 'object') t.strictSame([taken, reason], [true, verdict.strict], title);
    else t.strictSame([taken, reason === null], [verdict === 'taken', verdict === 'taken'], `${title} (${reason})`);
  }
});
