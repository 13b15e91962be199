import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { demoRequests } from '../../src/demo/requests.ts';

const hubgate = fileURLToPath(new URL('../../bin/hubgate.ts', import.meta.url));

t.test('hubgate demo --check: every request goes as promised', async t => {
  const child = spawn(process.execPath, [hubgate, 'demo', '--check'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill());
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  t.equal(code, 0, `${said}\n${complained}`);
  for (const { title } of demoRequests) t.ok(said.includes(`ok      ${title}\n`), title);
  t.equal(complained, '');
});

t.test('hubgate demo: prints the commands, serves, and ends on SIGTERM', async t => {
  const child = spawn(process.execPath, [hubgate, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const complained = text(child.stderr);
  let said = '';
  await new Promise<void>(resolve => {
    child.stdout.on('data', chunk => {
      said += chunk;
      if (said.includes('Ctrl-C ends the demo.')) resolve();
    });
    child.stdout.on('end', resolve);
  });
  const [, origin = ''] = /the gate listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? [];
  const [, token = ''] = /^GOOD=(\S+)$/m.exec(said) ?? [];
  const answer = await fetch(`${origin}/hub/login`, {
    headers: { Authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  t.equal(answer.status, 302);
  t.match(await answer.text(), /"remote-user: alice"/);
  child.kill('SIGTERM');
  t.strictSame(await closed, [0, null]);
  t.equal(await complained, '');
  t.match(said, /\n\d\d:\d\d:\d\d 302 GET hub forward .*user=alice/, 'a line for the request');
  t.notMatch(said, / (?:warn|error|fatal) /, 'and nothing to worry about');
});
