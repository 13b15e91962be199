/** Tornado, the hub's own server, in a process of the hub's environment. */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hubEnvironment } from '../../../scripts/python-environments.ts';
import { spawnOutsideTap } from '../../clients/spawn-outside-tap.ts';
import type { Teardown } from '../../gates/lab.ts';
import type { Oracle, Reading } from '../reading.ts';

/** The test's end ends the process. */
export function openTornado(t: Teardown): Oracle {
  const script = join(import.meta.dirname, 'tornado_oracle.py');
  const child = spawnOutsideTap(join(hubEnvironment.folder, 'bin', 'python'), [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('Tornado has no pipes');
  const ended = once(child, 'exit');
  t.teardown(async () => {
    stdin.end();
    await ended;
  });
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    name: 'Tornado',
    async read(batch) {
      stdin.write(`${JSON.stringify(batch)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error('Tornado ended');
      return JSON.parse(value) as Reading[];
    },
  };
}
