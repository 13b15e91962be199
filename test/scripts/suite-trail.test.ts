/** The look through a whole run's output finds one gate's secret in another's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { leakedSecrets, readTrails } from '../../scripts/suite-trail.ts';

function trails(
  t: { testdir(): string },
  ...written: readonly (readonly [output: string, secrets: string[]])[]
): number {
  const folder = join(t.testdir(), 'trails');
  mkdirSync(folder);
  written.forEach(([output, secrets], at) => {
    writeFileSync(join(folder, `${at}.json`), JSON.stringify({ output, secrets }));
  });
  return leakedSecrets(readTrails(folder));
}

t.test('a secret of one test in the output of another', async t => {
  t.equal(trails(t, ['user alice, token s3cret-one', ['other']], ['nothing', ['s3cret-one']]), 1);
});

t.test('clean output', async t => {
  t.equal(trails(t, ['user alice', ['s3cret-one']], ['user bob', ['s3cret-two']]), 0);
});

t.test('a run without trails', async t => {
  t.strictSame(readTrails(join(t.testdir(), 'none')), []);
});
