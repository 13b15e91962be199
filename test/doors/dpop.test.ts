/** DPoP through a whole gate: each proof counts once, whatever is reloaded, sent at the same time or sent slowly (J15, RFC 9449). */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import t, { type Test } from 'tap';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { openCapturingHub } from '../contract/capturing-hub.ts';
import { handshake } from '../contract/rows/lines.ts';
import { reasonIn } from '../contract/seen.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { makeProof, type ProofWish, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { makeKey } from '../identity/token-maker.ts';

const holder = makeKey('ES256');
const hub = await openCapturingHub();
t.teardown(() => hub.close());
hub.answerWith('HTTP/1.1 200 Fine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');

const preset = 'jhub_remote_auth_mount.RemoteUserAuthenticator';

/** Who asks, with a bound token. */
interface Client {
  readonly token: string;
  readonly lab: Lab;
  readonly gate: GateHere;
  proof(wish?: Partial<ProofWish>): string;
  /** A request with these proofs, as bytes. */
  bytes(proofs: readonly string[], requestLine?: string, more?: readonly string[]): string;
  ask(proofs: readonly string[], requestLine?: string, more?: readonly string[]): Promise<RawResponse>;
}

async function openClient(t: Test): Promise<Client> {
  const lab = makeLab(t);
  const settings = labConfig({ url: `http://127.0.0.1:${hub.port}`, authenticator: preset });
  const gate = await startGateHere(t, lab.write('gate.yaml', settings));
  const token = lab.token('alice', { cnf: { jkt: thumbprintOf(holder) } });
  const bytes: Client['bytes'] = (proofs, requestLine = 'GET /hub/login', more = []) => {
    const lines = [
      `Host: ${publicHost}`,
      `Authorization: DPoP ${token}`,
      ...proofs.map(proof => `DPoP: ${proof}`),
      ...more,
    ];
    return `${requestLine} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  };
  return {
    ...{ token, lab, gate, bytes },
    proof(wish) {
      const at = Math.floor(Date.now() / 1000);
      const proof = makeProof(holder, { token, url: `http://${publicHost}/hub/login`, at, ...wish });
      lab.secrets.add(proof);
      return proof;
    },
    async ask(...request) {
      const [answer] = await rawRequest({ port: gate.port, bytes: bytes(...request) });
      if (answer === undefined) throw new Error('no answer');
      return answer;
    },
  };
}

t.test('a proof counts once', async t => {
  const client = await openClient(t);
  const proof = client.proof();
  t.equal((await client.ask([proof])).status, 200);
  const [captured, ...more] = hub.take();
  t.equal(more.length, 0);
  t.ok(captured?.head.includes('Remote-User: alice'));
  t.notMatch(captured?.head.join('\n'), /dpop|eyJ/i, 'neither token nor proof goes up');

  const again = await client.ask([proof]);
  t.equal(again.status, 401);
  t.equal(reasonIn(again), 'dpop-replayed');
  const [dpop = '', bearer = ''] = fieldValues(again, 'www-authenticate');
  t.match(
    dpop,
    /^DPoP realm="hubgate", algs="ES256 [A-Za-z0-9 ]+", error="invalid_dpop_proof", error_description="[^"]+"$/,
  );
  t.equal(bearer, 'Bearer realm="hubgate"', 'the scheme that is not at fault has no error (RFC 9449 §7.2)');

  await client.gate.reload();
  t.equal(reasonIn(await client.ask([proof])), 'dpop-replayed', 'after a reload too');
  t.equal((await client.ask([client.proof()])).status, 200, 'the next proof counts');
  t.equal(reasonIn(await client.ask([])), 'dpop-invalid');
  t.equal(reasonIn(await client.ask([client.proof({ method: 'POST' })])), 'dpop-invalid');
  t.equal(reasonIn(await client.ask([client.proof({ url: 'http://evil.test/hub/login' })])), 'dpop-invalid');
  t.equal(
    reasonIn(
      await client.ask([
        makeProof(makeKey('ES256'), {
          token: client.token,
          url: `http://${publicHost}/hub/login`,
          at: Date.now() / 1000,
        }),
      ]),
    ),
    'dpop-invalid',
  );
  const forged = client.proof().replace(/[^.]*$/, client.proof().split('.')[2] ?? '');
  t.equal(reasonIn(await client.ask([forged])), 'dpop-invalid', "another proof's signature");
  hub.take();
});

t.test('as a bearer token it is refused, and told what it needs', async t => {
  const { token, gate } = await openClient(t);
  const bytes = `GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const [answer] = await rawRequest({ port: gate.port, bytes });
  t.equal(reasonIn(answer ?? null), 'token-bound');
  const [bearer, dpop] = answer === undefined ? [] : fieldValues(answer, 'www-authenticate');
  t.match(bearer, /^Bearer realm="hubgate", error="invalid_token", /);
  t.match(dpop, /^DPoP realm="hubgate", algs="ES256 .*", error="invalid_token", /);
  t.equal(hub.take().length, 0);
});

t.test('of many at the same time one counts', async t => {
  const client = await openClient(t);
  const proof = client.proof();
  const answers = await Promise.all(Array.from({ length: 10 }, () => client.ask([proof])));
  t.strictSame(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(401)]);
  t.equal(hub.take().length, 1);
  const pipelined = client.proof();
  const responses = await rawRequest({
    port: client.gate.port,
    bytes: client.bytes([pipelined]).repeat(3),
    responses: 3,
  });
  t.strictSame(
    responses.map(({ status }) => status),
    [200, 401, 401],
    'nor do the same bytes once more on one connection',
  );
  t.equal(hub.take().length, 1);
});

t.test('a request that is judged twice, because its body is read first, shows its proof once', async t => {
  const client = await openClient(t);
  const proof = client.proof({ method: 'DELETE' });
  const socket = createConnection({ port: client.gate.port, host: '127.0.0.1' });
  const next = async (): Promise<string> => String((await once(socket, 'data'))[0]);
  socket.write(client.bytes([proof], 'DELETE /hub/login', ['Content-Length: 2', 'Expect: 100-continue']));
  t.match(await next(), /^HTTP\/1\.1 100 /, 'judged once, its body is waited for');
  t.equal(
    reasonIn(await client.ask([proof], 'DELETE /hub/login')),
    'dpop-replayed',
    'meanwhile it counts for nobody else',
  );
  await client.gate.reload();
  socket.write('xy');
  t.match(await next(), /^HTTP\/1\.1 200 /, 'and once more, under another policy');
  socket.destroy();
  const [captured] = hub.take();
  t.match(captured, { content: 'xy' });
});

t.test('a WebSocket', async t => {
  const client = await openClient(t);
  const url = `http://${publicHost}/user/alice/ws`;
  hub.answerWith(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      '',
      '',
    ].join('\r\n'),
    'stay',
  );
  const proof = client.proof({ url });
  const opened = await client.ask([proof], 'GET /user/alice/ws', handshake);
  t.equal(opened.status, 101);
  t.notMatch(hub.take()[0]?.head.join('\n'), /dpop|eyJ/i);
  const again = await client.ask([proof], 'GET /user/alice/ws', handshake);
  t.equal(reasonIn(again), 'dpop-replayed');
  t.equal(hub.take().length, 0);
});
