/** `node scripts/bundle.ts FILE.mjs`: the command line as one file that needs Node and nothing else. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { checkoutRoot } from './checkout.ts';

/** Packages from CommonJS times ask for `require`; under the function's own name it would meet the one that yargs imports. */
const requireForPackages = [
  "import { createRequire as makeRequire } from 'node:module';",
  'const require = makeRequire(import.meta.url);',
].join('\n');

/** Bundles into `outputFile`, whose name ends with `.mjs`; resolves with the folders of the packages that went in, relative to the checkout. */
export async function bundle(outputFile: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: checkoutRoot,
    entryPoints: ['bin/hubgate.ts'],
    outfile: outputFile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Half the text is half the time to read it at start; names stay, so that a stack says something.
    minifyWhitespace: true,
    minifySyntax: true,
    banner: { js: requireForPackages },
    define: { HUBGATE_VERSION: JSON.stringify(checkoutVersion()) },
    legalComments: 'eof',
    metafile: true,
    logLevel: 'warning',
  });
  const packages = Object.keys(metafile.inputs).flatMap(file => packageFolder(file) ?? []);
  return [...new Set(packages)].sort();
}

/** The version that package.json gives. */
export function checkoutVersion(): string {
  const { version } = JSON.parse(readFileSync(join(checkoutRoot, 'package.json'), 'utf8')) as { version: string };
  return version;
}

function packageFolder(file: string): string | null {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? null;
}

if (import.meta.main) {
  const [outputFile, ...rest] = process.argv.slice(2);
  if (outputFile === undefined || !outputFile.endsWith('.mjs') || rest.length > 0) {
    process.stderr.write('usage: node scripts/bundle.ts FILE.mjs\n');
    process.exitCode = 64;
  } else {
    await bundle(resolve(outputFile));
  }
}
