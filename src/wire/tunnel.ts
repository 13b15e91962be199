/** A WebSocket's way to the hub: the handshake over node:http, then bytes both ways. */
import { createHash } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Address } from '../config/config.ts';
import type { ReasonId } from '../gate/reasons.ts';
import { type FieldLine, listElements, valuesOf } from '../http/field.ts';
import { readAnswerHead } from './answer-head.ts';
import { flatten, pairUp } from './field-pairs.ts';
import type { HubAnswer } from './hub-request.ts';
import { outboundFault } from './outbound-head.ts';
import { phraseOf } from './raw-head.ts';

/** How to reach the hub, and how long it may take. */
export interface TunnelOptions {
  readonly address: Address;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
}

/** What became of a handshake with the hub. */
export type HubHandshake =
  | { readonly kind: 'switched'; readonly fields: readonly FieldLine[]; readonly socket: Duplex }
  | { readonly kind: 'answered'; readonly answer: HubAnswer; readonly body: IncomingMessage }
  | { readonly kind: 'failed'; readonly reason: ReasonId; readonly detail: string };

/** RFC 6455 §1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A hub that has vanished without a word is noticed by the kernel's probes. */
const keepAliveProbeMs = 30_000;

const largestAnswerHead = 64 * 1024;

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
}

/** RFC 6455 §4.1: what a client has to check, the gate checks before the client hears of it. */
function switchFault(asked: readonly FieldLine[], answered: readonly FieldLine[]): string | null {
  const one = (name: string): string | null => {
    const values = valuesOf(answered, name);
    return values.length === 1 ? (values[0] ?? null) : null;
  };
  const options = listElements(valuesOf(answered, 'connection')).map(option => option.toLowerCase());
  if (one('upgrade')?.toLowerCase() !== 'websocket' || !options.includes('upgrade')) return 'a 101 without Upgrade';
  const [key = ''] = valuesOf(asked, 'sec-websocket-key');
  if (one('sec-websocket-accept') !== acceptOf(key)) return 'Sec-WebSocket-Accept does not fit the key';
  const offered = listElements(valuesOf(asked, 'sec-websocket-protocol'));
  const chosen = valuesOf(answered, 'sec-websocket-protocol');
  if (chosen.length > 1 || !chosen.every(name => offered.includes(name))) return 'a subprotocol that was not offered';
  const extensions = valuesOf(answered, 'sec-websocket-extensions');
  const unasked = extensions.length > 0 && valuesOf(asked, 'sec-websocket-extensions').length === 0;
  return unasked ? 'an extension that was not offered' : null;
}

function readSwitch(asked: readonly FieldLine[], message: IncomingMessage, socket: Duplex): HubHandshake {
  const lines = pairUp(message.rawHeaders);
  // The status apart, the head has to hold what every head has to.
  const parsed = readAnswerHead(200, lines);
  const fault = parsed.ok ? switchFault(asked, lines) : parsed.fault;
  if (fault === null && parsed.ok) return { kind: 'switched', fields: parsed.fields, socket };
  socket.destroy();
  return { kind: 'failed', reason: 'hub-answer-invalid', detail: fault ?? '' };
}

function readAnswer(message: IncomingMessage): HubHandshake {
  const status = message.statusCode ?? 0;
  const parsed = readAnswerHead(status, pairUp(message.rawHeaders));
  const fault = status < 300 ? 'success without a switch' : parsed.ok ? null : parsed.fault;
  if (fault !== null || !parsed.ok) {
    message.destroy();
    return { kind: 'failed', reason: 'hub-answer-invalid', detail: fault ?? '' };
  }
  const { fields, contentLength } = parsed;
  const phrase = phraseOf(status, message.statusMessage ?? '');
  return { kind: 'answered', answer: { status, phrase, fields, contentLength }, body: message };
}

function failure(error: NodeJS.ErrnoException): HubHandshake {
  const code = error.code ?? '';
  const reason = code.startsWith('HPE_') ? 'hub-answer-invalid' : 'hub-unreachable';
  return { kind: 'failed', reason, detail: code || error.name };
}

/** Gives up a connection that does not come about in time. */
function limitConnecting(request: ClientRequest, timeoutMs: number): void {
  request.once('socket', socket => {
    if (!socket.connecting) return;
    const late = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
    const timer = setTimeout(() => request.destroy(late), timeoutMs);
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
}

function dial(target: string, fields: readonly FieldLine[], options: TunnelOptions): ClientRequest {
  const { address } = options;
  const where = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const handshake: FieldLine[] = [...fields, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']];
  return openRequest({
    ...where,
    method: 'GET',
    path: target,
    headers: flatten(handshake),
    agent: false,
    maxHeaderSize: largestAnswerHead,
  });
}

/**
 * Shakes hands with the hub. `fields` without Connection and Upgrade. When `signal` aborts, the request is destroyed,
 * whatever has become of it by then.
 */
export function openTunnel(
  target: string,
  fields: readonly FieldLine[],
  options: TunnelOptions,
  signal: AbortSignal,
): Promise<HubHandshake> {
  const fault = outboundFault('GET', target, fields);
  if (fault !== null) return Promise.resolve({ kind: 'failed', reason: 'internal-error', detail: fault });
  return new Promise(resolve => {
    const request = dial(target, fields, options);
    const late = setTimeout(() => {
      resolve({ kind: 'failed', reason: 'hub-timeout', detail: '' });
      request.destroy();
    }, options.responseTimeoutMs);
    const settle = (outcome: HubHandshake): void => {
      clearTimeout(late);
      resolve(outcome);
    };
    request.setNoDelay(true);
    request.setSocketKeepAlive(true, keepAliveProbeMs);
    limitConnecting(request, options.connectTimeoutMs);
    signal.addEventListener('abort', () => request.destroy(), { once: true });
    request.on('error', error => settle(failure(error)));
    request.on('upgrade', (message, socket, head) => {
      socket.on('error', () => undefined);
      if (head.length > 0) socket.unshift(head);
      settle(readSwitch(fields, message, socket));
    });
    request.on('response', message => settle(readAnswer(message)));
    request.end();
  });
}
