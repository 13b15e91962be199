/** A provider of mounts: who shows the token gets what stands in FOLDER/USER.json, for an hour. Node's own modules are all it needs. */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { TOKEN_FILE = '/run/secrets/mounts', FOLDER = '/run/mounts', HOST = '127.0.0.1', PORT = '9080' } = process.env;
const expected = Buffer.from(`Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`);

function answer({ headers, method, url = '' }) {
  const shown = Buffer.from(headers.authorization ?? '');
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return [401];
  const user = /^\/([a-z0-9][a-z0-9._-]*)$/.exec(url)?.[1];
  if (method !== 'GET' || user === undefined) return [404];
  try {
    const mount = JSON.parse(readFileSync(join(FOLDER, `${user}.json`), 'utf8'));
    return [200, { ...mount, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }];
  } catch (error) {
    return [error.code === 'ENOENT' ? 404 : 500];
  }
}

const server = createServer((request, response) => {
  const [status, body] = answer(request);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
});
server.listen(Number(PORT), HOST, () => process.stdout.write(`listening on ${server.address().port}\n`));
