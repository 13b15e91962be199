/** Reloads that meet another one, or the end. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { test } from 'tap';
import { openGeneration } from '../../src/reload/generation.ts';
import { type Generations, openGenerations } from '../../src/reload/generations.ts';
import { clockBy } from '../clock/settable-clock.ts';

const keyIo = {
  ask: () => Promise.reject(new Error('nobody is asked')),
  clock: clockBy(() => 0),
  onEvent: () => undefined,
};

type Told = { replaced: number; refused: number; slow: number };

/** Generations of a config that is good, and what they tell. */
async function opened(configPath: string, onReplaced: () => void = () => undefined) {
  const options = { configPath, env: {}, keyIo };
  const first = await openGeneration(options);
  if (!first.ok) throw new Error(first.problems.join('\n'));
  const told: Told = { replaced: 0, refused: 0, slow: 0 };
  const generations: Generations = openGenerations(first.generation, options, {
    warned: () => undefined,
    slow: seconds => {
      told.slow += seconds;
    },
    refused: () => {
      told.refused += 1;
    },
    replaced: () => {
      told.replaced += 1;
      onReplaced();
    },
  });
  return { generations, told };
}

/** More steps than the end of a reload has. */
const mostSteps = 12;

function configText(pattern: string): string {
  return `publicUrl: https://hub.example.org
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', authenticator: jhubauthenticators.HeaderAuthenticator }
trust: { proxies: [127.0.0.1/32] }
user: { pattern: '^${pattern}$' }
jwt: [{ issuer: { url: 'https://sso.example.org', audiences: [hub] }, keys: { jwksUrl: 'https://sso.example.org/keys' } }]
`;
}

for (let steps = 0; steps <= mostSteps; steps += 1) {
  test(`a change that is seen ${steps} steps after the reload before it took effect`, async t => {
    const configPath = join(t.testdir({ 'proxy.yaml': configText('first') }), 'proxy.yaml');
    const asked = Promise.withResolvers<void>();
    const changeAfter = (left: number): void => {
      if (left > 0) queueMicrotask(() => changeAfter(left - 1));
      else {
        writeFileSync(configPath, configText('third'));
        asked.resolve(generations.reload());
      }
    };
    const { generations, told } = await opened(configPath, () => {
      if (told.replaced === 1) changeAfter(steps);
    });
    t.teardown(() => generations.close());
    writeFileSync(configPath, configText('second'));
    await generations.reload();
    await asked.promise;
    t.equal(generations.number, 3);
    t.match(generations.current.config.user.pattern, 'third');
  });
}

test('after the end nothing is reloaded, and a reload that is under way comes to nothing', async t => {
  const configPath = join(t.testdir({ 'proxy.yaml': configText('first') }), 'proxy.yaml');
  const { generations, told } = await opened(configPath);
  writeFileSync(configPath, configText('second'));
  const running = generations.reload();
  generations.close();
  await running;
  await generations.reload();
  t.strictSame(told, { replaced: 0, refused: 0, slow: 0 });
  t.match(generations.current.config.user.pattern, 'first');
});

test('a reload that takes long says so once, and one that does not says nothing', async t => {
  const configPath = join(t.testdir({ 'proxy.yaml': configText('first') }), 'proxy.yaml');
  const { generations, told } = await opened(configPath);
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const running = generations.reload();
  mock.timers.tick(9_999);
  t.equal(told.slow, 0, 'not yet');
  mock.timers.tick(1);
  t.equal(told.slow, 10);
  mock.timers.tick(60_000);
  t.equal(told.slow, 10, 'once');
  await running;
  await generations.reload();
  mock.timers.tick(60_000);
  t.strictSame(told, { replaced: 2, refused: 0, slow: 10 });
  const last = generations.reload();
  generations.close();
  mock.timers.tick(60_000);
  t.equal(told.slow, 10, 'who has ended says nothing');
  await last;
});
