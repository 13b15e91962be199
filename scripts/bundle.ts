/** `node scripts/bundle.ts FILE.mjs`: the command line as FILE and its parts beside it, which need Node and nothing else. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { checkoutRoot } from './checkout.ts';

/**
 * What Node is told wherever a gate is started: the image, the unit, the command's first line.
 * - Young objects get 4 MiB instead of the 32 that V8 would take, which are touched in turn and so never given back; scavenges
 *   come more often and are shorter.
 * - V8 sees that what it makes of new tokens lives long, and from then on puts all that the same lines make among the old
 *   objects. Of a request that is nearly all garbage: a full collection a second, marked by threads that take the one core
 *   away from the requests (p99 three to four times as long, a fifth more CPU). So no line's objects are born old.
 * - What does live on may grow to three times what the last full collection left.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=200',
  '--no-allocation-site-pretenuring',
];

/** Packages from CommonJS times ask for `require`. */
const requireForPackages = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/**
 * Node's own modules by a call. Importing one reads all that it exports, and `node:http` exports what loads fetch, HTTP/2 and
 * WebSockets: a seventh of the start, and 6 MB.
 */
const builtinsByCall: Plugin = {
  name: 'builtins-by-call',
  setup({ onResolve, onLoad }) {
    const namespace = 'builtin';
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace } : undefined,
    );
    onLoad({ filter: /^/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** Where the libraries are that expressions need; read with the first expression, and without waiting. */
const expressionsPart = 'expressions.cjs';

/** What src/expression/library.ts requires are packages; in the bundle it is their part. */
function requiredFrom(partName: string): Plugin {
  const call = `require(${JSON.stringify(`./${partName}`)})`;
  return {
    name: 'required-from-part',
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/expression\/library\.ts$/ }, () => ({
        contents: `export const celLibrary = () => ${call}.cel;\nexport const re2Library = () => ${call}.re2;`,
      }));
    },
  };
}

/** Makes the part that `requiredFrom` asks; resolves with what went in. */
async function bundleExpressions(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: checkoutRoot,
    stdin: {
      contents: "export * as cel from '@marcbachmann/cel-js'; export * as re2 from 're2js';",
      resolveDir: checkoutRoot,
    },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/**
 * Bundles into `outputFile`, whose name ends with `.mjs`, and into parts beside it that are read when they are needed; resolves
 * with the folders of the packages that went in, relative to the checkout.
 */
export async function bundle(outputFile: string): Promise<string[]> {
  const expressions = `${basename(outputFile, '.mjs')}-${expressionsPart}`;
  const { metafile } = await build({
    absWorkingDir: checkoutRoot,
    entryPoints: [{ in: 'bin/hubgate.ts', out: basename(outputFile, '.mjs') }],
    outdir: dirname(outputFile),
    outExtension: { '.js': '.mjs' },
    chunkNames: `${basename(outputFile, '.mjs')}-[name]-[hash]`,
    bundle: true,
    splitting: true,
    plugins: [builtinsByCall, requiredFrom(expressions)],
    external: [`./${expressions}`],
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
  const inputs = [
    ...Object.keys(metafile.inputs),
    ...(await bundleExpressions(join(dirname(outputFile), expressions))),
  ];
  const packages = inputs.flatMap(file => packageFolder(file) ?? []);
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
