// A site that hands its users over to a hub behind hubgate. Who is signed in here is your own matter: this one believes ?user=, and so must
// stand on a machine of your own. PORT, HUB (the gate's publicUrl), ISSUER and KEY_FILE (32 bytes or more, the gate's secretFile) from the environment.
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT = 8090, HUB = 'http://localhost:8080', ISSUER = 'http://localhost:8090', KEY_FILE = 'key' } = process.env;
const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');
const key = Buffer.from(readFileSync(KEY_FILE, 'latin1').replace(/\r?\n$/, ''), 'latin1');
const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');
const escaped = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

function tokenFor(user) {
  const claims = { iss: ISSUER, aud: 'jupyterhub', preferred_username: user, jti: randomUUID() };
  const signed = `${part({ alg: 'HS256' })}.${part({ ...claims, exp: Math.floor(Date.now() / 1000) + 60 })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', ISSUER);
  const user = searchParams.get('user') ?? 'alice';
  const values = { user, hub: HUB, token: tokenFor(user), next: searchParams.get('next') ?? '/hub/home' };
  response.setHeader('Content-Type', 'text/html; charset=utf-8').setHeader('Cache-Control', 'no-store');
  response.end(page.replace(/\{(\w+)\}/g, (_, name) => escaped(values[name] ?? '')));
}).listen(Number(PORT), '127.0.0.1', () => console.log(`http://localhost:${PORT}/?user=alice`));
