/** `npm run bench [-- OPTIONS]`: the yardstick. Measures the gate beside its peers, or writes a page from what was measured. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from '../scripts/checkout.ts';
import { writePage } from './report/write.ts';
import { type BenchOptions, runBench } from './run.ts';

const usage = `usage: npm run bench [-- OPTIONS]
  --only LOAD,…       these loads alone; cold stands for cold-rs256 and cold-es256
  --peers NAME,…      these peers alone, beside nginx
  --rounds N          rounds of each load (7)
  --quick             one short round of everything: shows that it works, measures nothing
  --out DIR           where the results go (a new folder below bench/results)
  --report FILE       measures nothing: writes docs/performance.md and its plot from a results.json (to DIR with --out);
                      may stand more than once, later results replace earlier ones load by load
  --help
`;

const options = {
  only: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
  report: { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const;

try {
  const { values } = parseArgs({ options });
  if (values.help) process.stdout.write(usage);
  else if (values.report !== undefined) writePage(values.report, resolve(checkoutRoot, values.out ?? 'docs'));
  else {
    process.exitCode = (await runBench({ ...values, command: commandOf(values) })) ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n(npm run bench -- --help)\n`);
  process.exitCode = 1;
}

/** To have the same measured again; where the results went is nobody's concern. */
function commandOf({ only, peers, rounds, quick }: Omit<BenchOptions, 'command'>): string {
  const chosen = Object.entries({ only, peers, rounds }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  const words = quick ? [...chosen, '--quick'] : chosen;
  return ['npm run bench', ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
}
