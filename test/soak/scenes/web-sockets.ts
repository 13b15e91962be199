/** WebSockets: opened, used, closed by either side, cut, refused. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { publicHost } from '../../gates/lab.ts';
import { content } from '../content.ts';
import type { Ticket } from '../ledger.ts';
import { lies, switchLies } from '../lies.ts';
import { anybody, headOf, targetOf } from './request.ts';
import { askOnce, dial, type Scene, type Stage, settle } from './scene.ts';

const mostMessages = 8;

function handshake(token: string | null, ticket: Ticket, act: string): string {
  const fields =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  return `${headOf('GET', targetOf(ticket, act), token, fields)}\r\n`;
}

/** Opens one; null when the gate refuses, which it may only do when it is ending. */
export async function openWebSocket(stage: Stage): Promise<WebSocket | null> {
  const { port, ledger, isEnding } = stage;
  const { user, token } = anybody(stage);
  const target = targetOf(ledger.open({ user }), 'echo');
  const headers = { Host: publicHost, Authorization: `Bearer ${token}`, 'Remote-User': 'root' };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`, { headers, perMessageDeflate: false });
  const opened = await once(socket, 'open').then(
    () => true,
    () => false,
  );
  socket.on('error', () => undefined);
  ledger.expect(opened || isEnding(), 'a WebSocket was not opened');
  if (opened) ledger.count('WebSockets opened');
  return opened ? socket : null;
}

/** False when the WebSocket ends instead. */
async function echoes(socket: WebSocket, sent: Buffer, closed: Promise<number>, stage: Stage): Promise<boolean> {
  const { ledger, isEnding } = stage;
  const heard = new Promise<Buffer>(resolve => void socket.once('message', resolve));
  socket.send(sent, { binary: true });
  const answer = await Promise.race([heard, closed]);
  if (typeof answer === 'number') {
    ledger.expect(isEnding(), 'a WebSocket was closed instead of being answered');
    return false;
  }
  ledger.expect(answer.equals(sent), 'a WebSocket brought something else than was sent');
  ledger.count('WebSocket messages');
  return true;
}

async function used(stage: Stage): Promise<void> {
  const { chance, ledger, isEnding } = stage;
  const socket = await openWebSocket(stage);
  if (socket === null) return;
  const closed = new Promise<number>(resolve => void socket.once('close', resolve));
  const messages = chance.below(mostMessages);
  for (let sent = 0; sent < messages; sent += 1) {
    if (!(await echoes(socket, content(`message ${chance.below(1000)}`, 10 + chance.size()), closed, stage))) return;
  }
  const [how, wanted] = chance.pick([
    ['close', 1000],
    ['reset', 1006],
    ['client closes', 1000],
    ['client cuts', 1006],
  ] as const);
  if (how === 'client closes') socket.close(1000);
  else if (how === 'client cuts') socket.terminate();
  else socket.send(how);
  const code = await closed;
  ledger.count(`WebSocket, ${how}: ${code}`);
  ledger.expect(code === wanted || isEnding(), `WebSocket, ${how}: ${code} instead of ${wanted}`);
}

async function refused(stage: Stage): Promise<void> {
  const { chance, credentials, ledger } = stage;
  const ticket = ledger.open({ user: 'nobody', refused: true });
  const heard = await askOnce(stage, handshake(chance.pick(credentials.forged), ticket, 'echo'));
  if (heard !== null) {
    settle(stage, ticket, heard.answers[0], { may: ['token-signature'], scene: 'WebSocket refused' });
  }
}

async function badHub(stage: Stage): Promise<void> {
  const { user, token } = anybody(stage);
  const name = stage.chance.pick(switchLies);
  const ticket = stage.ledger.open({ user });
  const heard = await askOnce(stage, handshake(token, ticket, name));
  if (heard === null) return;
  const may = lies.get(name)?.outcomes ?? [];
  settle(stage, ticket, heard.answers[0], { may, scene: `hub says ${name} to a WebSocket` });
}

/** The client goes while the hub is silent. */
async function givenUp(stage: Stage): Promise<void> {
  const { chance, ledger } = stage;
  const { user, token } = anybody(stage);
  const ticket = ledger.open({ user });
  const caller = await dial(stage);
  if (caller === null) return;
  const hearing = caller.hear({});
  caller.send(handshake(token, ticket, 'stall'));
  setTimeout(() => caller.leave(), chance.between(1, 100));
  await hearing;
  ledger.count('WebSocket given up');
}

/** All scenes of WebSockets. */
export const webSocketScenes: readonly Scene[] = [
  { name: 'WebSocket used', weight: 12, play: used },
  { name: 'WebSocket refused', weight: 3, play: refused },
  { name: 'WebSocket, bad hub', weight: 4, play: badHub },
  { name: 'WebSocket given up', weight: 3, play: givenUp },
];
