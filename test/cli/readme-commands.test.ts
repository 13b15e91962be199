/** The README's examples of commands, run by a shell as they stand there, in the real process. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'tap';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { makeDesk } from './run-command.ts';

const readme = readFileSync(join(checkoutRoot, 'README.md'), 'utf8');

/** The code of one language between two headings. */
function blocks(language: string, from: string, to: string): string[] {
  const part = readme.slice(readme.indexOf(from), readme.indexOf(to, readme.indexOf(from) + from.length));
  return Array.from(part.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs')), ([, code = '']) => code);
}

const [proxyYaml = ''] = blocks('yaml', '## Running it', '### Why was it refused?');
const examples = blocks('sh', '### Why was it refused?', '\n## ');

test('every example runs, and says what the text around it says', async t => {
  const desk = makeDesk(t);
  desk.write('proxy.yaml', proxyYaml);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(checkoutRoot, 'bin', 'hubgate.ts')}' "$@"\n`;
  chmodSync(desk.write('hubgate', program), 0o755);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const path = `${desk.folder}${delimiter}${env['PATH'] ?? ''}`;
  const said = examples.map(code => {
    const run = spawnSync('sh', ['-eu', '-c', code], {
      cwd: desk.folder,
      env: { ...env, PATH: path },
      encoding: 'utf8',
    });
    t.equal(run.status, 0, `${code}\n${run.stderr}`);
    return run.stdout;
  });
  const [made, tokens, requests] = said;
  t.equal(said.length, 3);
  t.match(made, 'private key: try.json\npublic keys: try.jwks.json\n');
  t.match(tokens, '"verified": false');
  t.match(tokens, /^user +ok +"Alice" is "alice", and "MFWGSY3F" to the hub$/m);
  t.match(tokens, 'The gate takes this token.');
  t.match(tokens, /refused: token-expired, 401\n(?:.*\n)*refused by then: 1\n$/);
  t.match(requests, 'GET /hub/login?next=/hub/spawn HTTP/1.1\\r\\n');
  t.match(requests, 'Remote-User: alice\\r\\n\n');
  t.match(requests, /"reason": "peer-untrusted"(?:.*\n)*refused: 1\n$/);
  t.notMatch(requests, 'Remote-User: root');
});
