/** `npm run bench [-- OPTIONS]`: the yardstick. Measures the gate beside its peers, or writes a page from what was measured. */
import { parseArgs } from 'node:util';
import { runBench } from './run.ts';

const usage = `usage: npm run bench [-- OPTIONS]
  --only LOAD,…       these loads alone; \`cold\` stands for cold-rs256 and cold-es256
  --peers NAME,…      these peers alone, beside nginx
  --rounds N          rounds of each load (7)
  --quick             one short round of everything: shows that it works, measures nothing
  --out DIR           where the results go (a new folder below bench/results)
`;

try {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  process.exitCode = (await runBench({ ...values, command: ['npm run bench --', ...process.argv.slice(2)].join(' ') }))
    ? 0
    : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 64;
}
