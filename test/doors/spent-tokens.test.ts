/** A token that the gate has had minted for one login is taken back whatever becomes of the login, and of the config meanwhile. */
import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type Test, test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';

interface World {
  readonly gate: GateHere;
  readonly head: (path: string) => string;
  readonly reload: (more: WrittenConfig) => Promise<void>;
  /** The login's answer, once it is asked for. */
  readonly login: Promise<ServerResponse>;
  /** Resolves once every token that was minted is taken back, each once; says how many. */
  readonly allTakenBack: () => Promise<number>;
}

const authenticator = 'jhub_remote_login.RemoteUserAuthenticator';

async function openWorld(t: Test, more: WrittenConfig = {}): Promise<World> {
  const login = Promise.withResolvers<ServerResponse>();
  const out = new Set<string>();
  const settled = new EventEmitter();
  let minted = 0;
  const says: Readonly<Record<string, () => unknown>> = {
    'GET /hub/api': () => ({ version: '0.9.6' }),
    'GET /hub/api/user': () => ({ kind: 'user', name: 'alice' }),
    'POST /hub/api/users/alice/tokens': () => {
      minted += 1;
      out.add(`DELETE /hub/api/users/alice/tokens/a${minted}`);
      return { token: `secret${minted}`, id: `a${minted}` };
    },
  };
  const hub = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    const said = says[line];
    if (said !== undefined) response.end(JSON.stringify(said()));
    else if (out.delete(line)) {
      response.writeHead(204).end();
      if (out.size === 0) settled.emit('none');
    } else login.resolve(response);
  }).listen(0, '127.0.0.1');
  await new Promise(resolve => hub.once('listening', resolve));
  t.teardown(() => {
    hub.closeAllConnections();
    hub.close();
  });
  const lab = makeLab(t);
  lab.write('service', 'lab-service-token-0123456789');
  const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
  const write = (changed: WrittenConfig): string =>
    lab.write('proxy.yaml', labConfig({ url, authenticator, tokenFile: 'service' }, changed));
  const gate = await startGateHere(t, write(more));
  return {
    gate,
    head: path => `GET ${path} HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${lab.token('alice')}\r\n\r\n`,
    reload: async changed => {
      write(changed);
      await gate.reload();
    },
    login: login.promise,
    allTakenBack: async () => {
      if (out.size > 0) await once(settled, 'none');
      return minted;
    },
  };
}

test('a reload during the login', async t => {
  const { gate, head, reload, login, allTakenBack } = await openWorld(t);
  const answered = rawRequest({ port: gate.port, bytes: head('/hub/login') });
  const response = await login;
  await reload({ user: { deny: { users: ['bob'] } } });
  response.writeHead(302, { Location: '/hub/home' }).end();
  t.equal((await answered)[0]?.status, 302);
  t.ok((await allTakenBack()) > 0);
});

test('a client that goes during the login', async t => {
  const { gate, head, login, allTakenBack } = await openWorld(t);
  const socket = connect(gate.port, '127.0.0.1');
  socket.write(head('/hub/login'));
  await login;
  socket.destroy();
  t.ok((await allTakenBack()) > 0);
});

test('a login for which there is no room', async t => {
  const { gate, head, login, allTakenBack } = await openWorld(t, { limits: { requestsPerUser: 1 } });
  const held = rawRequest({ port: gate.port, bytes: head('/hub/home') });
  const response = await login;
  const [refused] = await rawRequest({ port: gate.port, bytes: head('/hub/login') });
  t.equal(refused?.status, 429);
  t.ok((await allTakenBack()) > 0);
  response.end();
  t.equal((await held)[0]?.status, 200);
});
