/** Issuers that answer as no issuer should, over real sockets: nothing of it is believed, and it ends within bounds (J12). */

import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { machineClock } from '../../../src/clock.ts';
import { readRegularFile } from '../../../src/config/regular-file.ts';
import { type KeyRing, openKeySources } from '../../../src/identity/keys/key-sources.ts';
import { openHubClient } from '../../../src/wire/upstream/hub-client.ts';
import { jwksBytes, makeKey, mintToken, publicJwk, type SigningKey } from '../token-maker.ts';
import { fetching } from './key-fetching.ts';

const es = makeKey('ES256', 'one');
const secret: SigningKey = { algorithm: 'HS256', kid: 'oct', key: createSecretKey(Buffer.from('x'.repeat(64))) };
const good = jwksBytes(publicJwk(es));
const bomb = 100 * 1024 * 1024;
const piece = Buffer.alloc(64 * 1024, ' ');

/** Bytes that were written for each path until the gate hung up. */
const taken = new Map<string, number>();

/** Writes as long as it is let. */
async function pour(response: ServerResponse, path: string): Promise<void> {
  const closed = new Promise(resolve => response.once('close', resolve));
  for (let written = 0; written < bomb && !response.destroyed; written += piece.length) {
    taken.set(path, written);
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}

/** A byte now and then, without end. */
function drip(response: ServerResponse): void {
  response.write('{');
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
}

type Answer = (response: ServerResponse, path: string, origin: string) => unknown;

const answers: Readonly<Record<string, Answer>> = {
  redirect: (response, _path, origin) => response.writeHead(302, { Location: `${origin}/good` }).end(good),
  'redirect-forever': (response, path) => response.writeHead(307, { Location: path }).end(),
  'in-plain-sight': (response, _path, origin) => response.writeHead(301, { Location: `${origin}/good` }).end(),
  large: (response, path) => void pour(response, path),
  'large-by-its-word': (response, path) => {
    response.setHeader('Content-Length', bomb);
    void pour(response, path);
  },
  'many-keys': response => response.end(jwksBytes(...Array.from({ length: 10_000 }, () => publicJwk(es)))),
  'many-small-keys': response => response.end(jwksBytes(...Array.from({ length: 10_000 }, () => ({})))),
  'slow-body': response => drip(response),
  silence: () => undefined,
  'cut-off': response => {
    response.setHeader('Content-Length', good.length);
    response.write(good.subarray(0, 40), () => response.destroy());
  },
  zipped: response => response.setHeader('Content-Encoding', 'gzip').end(gzipSync(good)),
  'zip-bomb': response => response.setHeader('Content-Encoding', 'gzip').end(gzipSync(Buffer.alloc(bomb / 10, ' '))),
  'large-head': response => response.setHeader('X-Much', 'x'.repeat(200_000)).end(good),
  'oct-alone': response => response.end(jwksBytes(publicJwk(secret, { alg: 'HS256' }))),
  'null-alone': response => response.end(jwksBytes(null)),
  'deep-json': response => response.end('['.repeat(500_000)),
  'twice-the-keys': response => response.end('{"keys":[],"keys":[]}'),
};

const problems: Readonly<Record<string, RegExp>> = {
  redirect: /status 302/,
  'redirect-forever': /status 307/,
  'in-plain-sight': /status 301/,
  large: /larger than 524288 bytes/,
  'large-by-its-word': /larger than 524288 bytes/,
  'many-keys': /larger than 524288 bytes/,
  'many-small-keys': /more than 100 keys/,
  'slow-body': /timeout/,
  silence: /timeout/i,
  'cut-off': /UND_ERR_SOCKET|aborted|closed/i,
  zipped: /JSON object/,
  'zip-bomb': /JSON object/,
  'large-head': /UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW/,
  'oct-alone': /no key for/,
  'null-alone': /no key for/,
  'deep-json': /JSON object/,
  'twice-the-keys': /JSON object/,
};

t.test('J12 hostile issuers', { timeout: 120_000 }, async t => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    response.on('error', () => undefined);
    const [, name = '', part] = path.split('/');
    if (name === 'good') response.end(good);
    else if (name === 'mixed')
      response.end(
        jwksBytes(
          null,
          publicJwk(secret, { alg: 'HS256' }),
          7,
          publicJwk(es),
          publicJwk(makeKey('RS256', 'weak', 1024)),
        ),
      );
    else if (part === 'document')
      response.end(JSON.stringify({ issuer: `${origin}/${name}`, jwks_uri: `${origin}/${name}` }));
    else if (name === 'liar')
      response.end(JSON.stringify({ issuer: 'https://evil.example', jwks_uri: `${origin}/good` }));
    else answers[name]?.(response, path, origin);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = openHubClient({
    address: { kind: 'tcp', host: '127.0.0.1', port: 1 },
    connectTimeoutMs: 5_000,
    responseTimeoutMs: 5_000,
  });
  const rings: KeyRing[] = [];
  t.teardown(async () => {
    for (const ring of rings) ring.close();
    await client.close();
    server.closeAllConnections();
    server.close();
  });
  const algorithms = new Set(['ES256', 'RS256', 'HS256']);
  const verdictOf = async (issuer: string, by: 'jwksUrl' | 'discovery', url: string, key = es) => {
    const keys = by === 'jwksUrl' ? { kind: by, url, ...fetching } : { kind: by, ...fetching };
    const io = { ask: client.ask, readFile: readRegularFile, clock: machineClock, onEvent: () => undefined };
    const opened = await openKeySources([{ issuer, keys, algorithms, discoveryUrl: url }], io);
    if (!opened.ok) throw new Error('did not open');
    rings.push(opened.ring);
    const finding = await opened.ring.findSignature(issuer, mintToken(key, { iss: issuer }));
    return { verdict: 'reason' in finding ? finding.reason : finding.what, status: opened.ring.status()[0] };
  };

  t.match(await verdictOf('i', 'jwksUrl', `${origin}/good`), { verdict: 'signature' }, 'a good one');
  t.match(await verdictOf('i', 'jwksUrl', `${origin}/mixed`), { verdict: 'signature', status: { keys: 1 } });
  t.match(
    await verdictOf('i', 'jwksUrl', `${origin}/mixed`, secret),
    { verdict: 'token-key-unknown' },
    'an oct key is none',
  );
  const liar = await verdictOf(`${origin}/liar`, 'discovery', `${origin}/liar`);
  t.match(liar, { verdict: 'keys-unavailable', status: { error: /another issuer/ } });
  t.match(await verdictOf(`${origin}/redirect`, 'discovery', `${origin}/redirect`), {
    verdict: 'keys-unavailable',
    status: { error: /discovery document: answered with status 302/ },
  });
  const goodOnes = asked.filter(path => path === '/good').length;
  const began = performance.now();
  const names = Object.keys(answers);
  t.strictSame(names, Object.keys(problems));
  const outcomes = await Promise.all(
    names.flatMap(name => [
      verdictOf(name, 'jwksUrl', `${origin}/${name}`),
      verdictOf(`${origin}/${name}`, 'discovery', `${origin}/${name}/document`),
    ]),
  );
  t.ok(performance.now() - began < 60_000, 'all of it ends');
  for (const [at, { verdict, status }] of outcomes.entries()) {
    const name = names[Math.floor(at / 2)] ?? '';
    t.equal(verdict, 'keys-unavailable', name);
    t.match(status, { ready: false, keys: 0, error: problems[name] }, name);
  }
  t.equal(asked.filter(path => path === '/good').length, goodOnes, 'no redirect is followed');
  for (const [path, bytes] of taken) t.ok(bytes < bomb / 4, `${path}: hung up after ${bytes} bytes`);
  t.equal(taken.size, 2);
});
