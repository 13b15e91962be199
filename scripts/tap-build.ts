/** Builds tap once for the plugins of .taprc: its default TypeScript plugin does not load beside TypeScript 7. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot, installedProgram } from './checkout.ts';

/** Runs `tap build` unless it ran for this .taprc since the last `npm ci`, which takes the stamp away with node_modules. */
export function provideTapBuild(): void {
  const stampFile = join(checkoutRoot, 'node_modules', '.tap-build.sha256');
  const stamp = createHash('sha256')
    .update(readFileSync(join(checkoutRoot, '.taprc')))
    .update(checkoutRoot)
    .digest('hex');
  const plugins = join(checkoutRoot, '.tap', 'plugins');
  if (existsSync(plugins) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;

  process.stdout.write('set-up: tap build\n');
  execFileSync(process.execPath, [installedProgram('tap'), 'build'], { cwd: checkoutRoot, stdio: 'inherit' });
  writeFileSync(stampFile, stamp);
}
