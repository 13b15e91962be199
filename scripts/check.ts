/** `npm run check`: every static check, all of them even when one fails, and a summary. */
import { spawnSync } from 'node:child_process';
import { checkoutRoot, installedProgram } from './checkout.ts';

type Check = { readonly name: string; readonly command: readonly [program: string, ...args: string[]] };

const checks: readonly Check[] = [
  { name: 'format and lint', command: [installedProgram('biome'), 'ci', '--error-on-warnings', '--colors=off'] },
  { name: 'types', command: [installedProgram('tsc'), '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'types of the build', command: [installedProgram('tsc'), '-p', 'tsconfig.build.json', '--noEmit'] },
  { name: 'layers', command: [process.execPath, 'scripts/layers.ts'] },
  { name: 'threat model', command: [process.execPath, 'scripts/threat-model.ts', '--check'] },
  { name: 'dead code', command: [process.execPath, installedProgram('knip'), '--no-progress'] },
];

const results = checks.map(({ name, command: [program, ...args] }) => {
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(program, args, { cwd: checkoutRoot, stdio: 'inherit' });
  return { name, held: status === 0 };
});

process.stdout.write(`\n${results.map(({ name, held }) => `${held ? 'ok    ' : 'FAILED'} ${name}`).join('\n')}\n`);
process.exitCode = results.every(({ held }) => held) ? 0 : 1;
