/** The architecture of the checkout, and proof that each of its rules bites. */
import { test } from 'tap';
import { checkoutRoot } from '../scripts/checkout.ts';
import { type LayerRule, layerViolations } from '../scripts/layers.ts';
import { readSourceTree, runtimeDependencies } from '../scripts/source-tree.ts';

test('the checkout breaks no layer rule', async t => {
  const tree = readSourceTree(checkoutRoot);
  t.ok(tree.has('test/layers.test.ts'), 'the tree was read');
  t.strictSame(layerViolations(tree, runtimeDependencies(checkoutRoot)), []);
});

type Row = { title: string; tree: Record<string, string>; breaks: LayerRule[] };

const rows: Row[] = [
  {
    title: 'imports may go down, any number of floors',
    tree: {
      'bin/hubgate.ts': "import { main } from '../src/main.ts';",
      'src/main.ts': "import { run } from './cli/run.ts';",
      'src/cli/run.ts': "import { serve } from '../serve.ts';\nimport { demo } from '../demo/demo.ts';",
      'src/demo/demo.ts': "import { serve } from '../serve.ts';\nimport { ProxyServer } from 'http-proxy-3';",
      'src/serve.ts': "import { policy } from './policy.ts';\nimport { door } from './doors/door.ts';",
      'src/policy.ts': "import { presets } from './hub/presets.ts';",
      'src/doors/door.ts': "import { tunnel } from '../wire/tunnel.ts';",
      'src/wire/tunnel.ts': "import type { Reason } from '../gate/reasons.ts';",
      'src/hub/presets.ts': "import { fold } from '../http/field.ts';",
      'src/gate/reasons.ts': "import type { Config } from '../config/config.ts';",
      'src/config/config.ts': "import { fold } from '../http/field.ts';",
      'src/config/load.ts': "import { readFileSync } from 'node:fs';",
      'src/http/field.ts': "import { Buffer } from 'node:buffer';",
    },
    breaks: [],
  },
  {
    title: 'http imports nothing of ours',
    tree: { 'src/http/field.ts': "import '../gate/gate.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'a type counts',
    tree: { 'src/http/field.ts': "import type { A } from '../config/a.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'a re-export counts',
    tree: { 'src/gate/a.ts': "export { b } from '../identity/b.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'an import() counts',
    tree: { 'src/gate/a.ts': "const b = await import('../hub/b.ts');" },
    breaks: ['direction'],
  },
  {
    title: 'an import over several lines counts',
    tree: { 'src/gate/a.ts': "import {\n  b,\n  // why\n  c,\n} from '../doors/b.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'rooms of one floor do not know one another',
    tree: { 'src/hub/a.ts': "import '../identity/b.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'a door does not import the policy compiler',
    tree: { 'src/doors/a.ts': "import '../policy.ts';" },
    breaks: ['direction'],
  },
  {
    title: 'the product does not import scripts',
    tree: { 'src/cli/a.ts': "import '../../scripts/a.ts';" },
    breaks: ['direction'],
  },
  { title: 'the product does not import tests', tree: { 'bin/a.ts': "import '../test/a.ts';" }, breaks: ['direction'] },
  { title: 'serve does not import the demo', tree: { 'src/serve.ts': "import './demo/a.ts';" }, breaks: ['direction'] },
  {
    title: 'an import in a comment or a string is none',
    tree: { 'src/gate/a.ts': "// import '../doors/b.ts'\nconst x = \"import '../doors/b.ts'\";" },
    breaks: [],
  },
  { title: 'every room is on the plan', tree: { 'src/plugins/a.ts': '' }, breaks: ['room'] },
  {
    title: 'no circle, short',
    tree: { 'src/gate/a.ts': "import './b.ts';", 'src/gate/b.ts': "import type { A } from './a.ts';" },
    breaks: ['circle'],
  },
  {
    title: 'no circle, long',
    tree: { 'test/a.ts': "import './b.ts';", 'test/b.ts': "import './c.ts';", 'test/c.ts': "import './a.ts';" },
    breaks: ['circle'],
  },
  {
    title: 'gate does no I/O',
    tree: { 'src/gate/a.ts': "import { readFile } from 'node:fs/promises';" },
    breaks: ['io'],
  },
  { title: 'http does no I/O', tree: { 'src/http/a.ts': "import { isIP, connect } from 'node:net';" }, breaks: ['io'] },
  {
    title: 'a pure function of an I/O module is fine',
    tree: { 'src/http/a.ts': "import { isIP } from 'node:net';" },
    breaks: [],
  },
  {
    title: 'config reads files in load.ts alone',
    tree: { 'src/config/a.ts': "import fs from 'node:fs';" },
    breaks: ['io'],
  },
  { title: 'load.ts opens no socket', tree: { 'src/config/load.ts': "import net from 'node:net';" }, breaks: ['io'] },
  { title: 'now is an argument: Date.now', tree: { 'src/gate/a.ts': 'const now = Date.now();' }, breaks: ['impurity'] },
  {
    title: 'now is an argument: new Date()',
    tree: { 'src/gate/a.ts': 'const now = new Date();' },
    breaks: ['impurity'],
  },
  {
    title: 'a date of a given number is fine',
    tree: { 'src/gate/a.ts': 'const d = new Date(seconds * 1000);' },
    breaks: [],
  },
  { title: 'no output', tree: { 'src/gate/a.ts': "console.log('x');" }, breaks: ['impurity'] },
  { title: 'no environment', tree: { 'src/gate/a.ts': "const x = process.env['X'];" }, breaks: ['impurity'] },
  { title: 'no timer', tree: { 'src/gate/a.ts': 'setTimeout(f, 1);' }, breaks: ['impurity'] },
  { title: 'no chance', tree: { 'src/gate/a.ts': 'const x = Math.random();' }, breaks: ['impurity'] },
  {
    title: 'code in a template counts',
    tree: { 'src/gate/a.ts': `const x = \`at \${Date.now()}\`;` },
    breaks: ['impurity'],
  },
  {
    title: 'words in comments, strings and patterns are no code',
    tree: {
      'src/gate/a.ts':
        "/** Not Date.now(). */\nconst a = 'console.log'; // process.env\nconst b = /['\"`]/; const c = `Math.random`;",
    },
    breaks: [],
  },
  {
    title: 'a quote in a pattern hides nothing after it',
    tree: { 'src/gate/a.ts': "const a = /'/;\nconst b = Date.now(); // '" },
    breaks: ['impurity'],
  },
  {
    title: 'a dependency has one file',
    tree: {
      'src/identity/a.ts': "import { jwtVerify } from 'jose';",
      'src/identity/b.ts': "import type { JWK } from 'jose/jwk';",
    },
    breaks: ['dependency'],
  },
  {
    title: 'only one file casts to a brand',
    tree: {
      'src/gate/a.ts': 'const a = b as SanitisedRequest;',
      'test/gate/b.test.ts': 'const a = b as SanitisedRequest;',
    },
    breaks: ['brand'],
  },
  { title: 'the stage itself may cast', tree: { 'src/gate/a.ts': 'const a = b as OutboundRequest;' }, breaks: [] },
  { title: 'no file is called utils', tree: { 'scripts/utils.ts': '' }, breaks: ['name'] },
  { title: 'no folder is called helpers', tree: { 'test/helpers/a.test.ts': '' }, breaks: ['name'] },
  { title: 'no barrel', tree: { 'src/gate/index.ts': '' }, breaks: ['name'] },
];

for (const { title, tree, breaks } of rows) {
  test(title, async t => {
    const violations = layerViolations(new Map(Object.entries(tree)), ['jose', 'http-proxy-3']);
    t.strictSame(
      violations.map(({ rule }) => rule),
      breaks,
      violations.map(({ message }) => message).join('; '),
    );
  });
}
