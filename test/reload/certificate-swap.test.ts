/** Certificates that are renewed under a gate that runs: seen, taken over, and refused where they are bad. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { test } from 'tap';
import { makeAuthority, makeCertificate, type TestCertificate } from '../clients/certificates.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { gateCommand, startGateProcess } from '../gates/gate-process.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';

const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
const authority = makeAuthority();
const renewedAuthority = makeAuthority('the next CA');

const fingerprint = ({ cert }: TestCertificate): string => new X509Certificate(cert).fingerprint256;

test('certificates are swapped on both sides', async t => {
  const lab = makeLab(t);
  const hub = createServer(makeCertificate({ issuer: renewedAuthority }), (_request, response) => void response.end());
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => {
    hub.closeAllConnections();
    hub.close();
  });
  const first = makeCertificate({ issuer: authority });
  const second = makeCertificate({ issuer: authority });
  lab.write('gate.crt', first.cert);
  lab.write('gate.key', first.key);
  lab.write('hub-ca.crt', authority.cert);
  const { port: hubPort } = hub.address() as AddressInfo;
  const config = labConfig(
    { url: `https://127.0.0.1:${hubPort}`, authenticator: preset, tls: { caFile: 'hub-ca.crt' } },
    { listen: [{ address: '127.0.0.1:0', tls: { certFile: 'gate.crt', keyFile: 'gate.key' } }] },
  );
  const gate = startGateProcess(t, gateCommand(lab.write('proxy.yaml', config)));
  const port = await gate.port();
  const token = lab.token('alice');

  const ask = async (socket: TLSSocket): Promise<number> => {
    socket.write(`GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return Number(answer.toString().split(' ')[1]);
  };
  const visit = async (): Promise<{ shown: string | undefined; status: number }> => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.cert });
    await once(socket, 'secureConnect');
    const shown = socket.getPeerX509Certificate()?.fingerprint256;
    const status = await ask(socket);
    socket.destroy();
    return { shown, status };
  };

  t.strictSame(await visit(), { shown: fingerprint(first), status: 502 });
  await gate.says(/hub\.tls\.caFile must hold the CA/);

  lab.write('hub-ca.crt', renewedAuthority.cert);
  await gate.says(/"msg":"config in force".*"generation":2|"generation":2.*"msg":"config in force"/);
  t.strictSame(await visit(), { shown: fingerprint(first), status: 200 }, 'the hub is known now');

  for (const _ of [1, 2]) {
    const plain = connectPlain(port, '127.0.0.1');
    plain.end('GET / HTTP/1.1\r\n\r\n').resume();
    await once(plain, 'close');
  }
  await gate.says(/"msg":"TLS handshake failed"/);
  t.equal(gate.output().match(/a client spoke plain HTTP/g)?.length, 1, 'one event for many');

  const kept = connect({ port, host: '127.0.0.1', ca: authority.cert });
  t.equal(await ask(kept), 200);
  lab.write('gate.key', second.key);
  await gate.says(
    /config refused.*gate\.key.*does not fit the certificate|gate\.key.*does not fit the certificate.*config refused/,
  );
  t.strictSame(await visit(), { shown: fingerprint(first), status: 200 }, 'half a renewal changes nothing');

  lab.write('gate.crt', second.cert);
  await gate.says(/"generation":3/);
  t.strictSame(await visit(), { shown: fingerprint(second), status: 200 });
  t.equal(await ask(kept), 200, 'what is open goes on');
  kept.destroy();

  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  for (const { key } of [first, second]) lab.secrets.add(key.split('\n')[1] ?? '');
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
