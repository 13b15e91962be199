/** The operator's door: /healthz and /readyz, a word each for kubelets, JSON for the operator on `admin`; /metrics there too. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Address } from '../config/sections/listen.ts';
import { cidrIsLoopback, parseCidr } from '../http/address.ts';
import { parseHost } from '../http/host.ts';
import type { EndpointState } from '../identity/tokens/introspection.ts';
import type { MetricsPage } from '../observe/metrics.ts';
import { addressText, listenOn } from '../wire/listening.ts';

/** How one issuer's keys stand. */
export interface IssuerState {
  readonly issuer: string;
  /** Whether its tokens can be checked; stale keys still do, an issuer that never had any does not. */
  readonly ready: boolean;
  readonly keys: number;
  /** Why the last reading or fetch failed. */
  readonly error?: string;
}

/** What the running gate says of itself. */
export interface OperatorState {
  /** All listeners are bound. */
  readonly live: boolean;
  readonly draining: boolean;
  /** Counts the reloads that took effect. */
  readonly generation: number;
  /** Digest of the policy in force. */
  readonly policy: string;
  readonly issuers: readonly IssuerState[];
  /** One that is down makes nothing unready: its tokens alone wait for it. */
  readonly introspection: readonly EndpointState[];
  /** What is wrong with the config of the last reload; empty when it took effect. */
  readonly configProblems: readonly string[];
  /** Config keys that wait for a restart. */
  readonly restartNeeded: readonly string[];
}

/** How to open the door. */
export interface OperatorDoorOptions {
  readonly address: Address;
  /** `health` says one word; `admin` says all and looks who asks. */
  readonly kind: 'health' | 'admin';
  readonly state: () => OperatorState;
  /** The bearer token that `admin` asks for; undefined (its file is unreadable) lets nobody in. Absent: loopback needs none. */
  readonly token?: () => string | undefined;
  /** Writes the metrics page of `admin`. Absent: there is none. */
  readonly metrics?: () => Promise<MetricsPage>;
}

/** A door that is open. */
export interface OperatorDoor {
  /** `host:port` or `unix:/path`, with the port that the system chose. */
  readonly address: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  readonly challenge?: string;
}

type Probe = (state: OperatorState) => boolean;

const probes: ReadonlyMap<string, { readonly holds: Probe; readonly yes: string; readonly no: string }> = new Map([
  ['/healthz', { holds: state => state.live, yes: 'ok', no: 'not ok' }],
  ['/readyz', { holds: isReady, yes: 'ready', no: 'not ready' }],
]);

function isReady(state: OperatorState): boolean {
  return state.live && !state.draining && state.issuers.every(issuer => issuer.ready);
}

/** Binds the listener; rejects when the address can not be had, or `admin` would be open to others without a token. */
export async function openOperatorDoor(options: OperatorDoorOptions): Promise<OperatorDoor> {
  if (options.kind === 'admin' && options.token === undefined && !isLocal(options.address)) {
    throw new Error('admin off loopback needs admin.tokenFile');
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 });
  server.on('request', (request, response) => {
    answer(request, options).then(
      said => send(request, response, said),
      () => send(request, response, { status: 500, body: 'the metrics could not be written' }),
    );
  });
  const bound = await listenOn(server, options.address);
  return { address: addressText(bound), close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function isLoopback(host: string): boolean {
  const read = parseCidr(host.replace(/^\[|\]$/g, ''));
  return host === 'localhost' || (read.ok && cidrIsLoopback(read.cidr));
}

function isLocal(address: Address): boolean {
  return address.kind === 'unix' || isLoopback(address.host);
}

async function metricsAnswer(write: () => Promise<MetricsPage>): Promise<Answer> {
  const { text, contentType } = await write();
  return { status: 200, body: text, contentType };
}

async function answer(request: IncomingMessage, options: OperatorDoorOptions): Promise<Answer> {
  const barred = options.kind === 'admin' ? barredFromAdmin(request, options) : null;
  if (barred !== null) return barred;
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  const probe = probes.get(path);
  const isAsked = request.method === 'GET' || request.method === 'HEAD';
  if (isAsked && path === '/metrics' && options.kind === 'admin' && options.metrics !== undefined)
    return metricsAnswer(options.metrics);
  if (probe === undefined || !isAsked) return { status: 404, body: 'not found' };
  const state = options.state();
  const holds = probe.holds(state);
  const word = holds ? probe.yes : probe.no;
  return { status: holds ? 200 : 503, body: options.kind === 'health' ? word : report(word, state) };
}

function report(status: string, { live: _, ...state }: OperatorState): string {
  return JSON.stringify({ status, ...state });
}

/** A page of another origin can make a browser name its own host to us (DNS rebinding), but it can not show a token. */
function barredFromAdmin(request: IncomingMessage, options: OperatorDoorOptions): Answer | null {
  if (options.token !== undefined) {
    const held = holdsToken(request.headers.authorization, options.token());
    return held ? null : { status: 401, body: 'a bearer token is needed', challenge: 'Bearer realm="hubgate admin"' };
  }
  if (options.address.kind === 'unix' || isLoopback(parseHost(request.headers.host ?? '')?.host ?? '')) return null;
  return { status: 421, body: 'the Host is not a loopback address' };
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function holdsToken(authorization: string | undefined, token: string | undefined): boolean {
  const [, shown] = /^Bearer +([!-~]+) *$/i.exec(authorization ?? '') ?? [];
  if (shown === undefined || token === undefined || token === '') return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token));
}

function send(request: IncomingMessage, response: ServerResponse, said: Answer): void {
  const { status, body, challenge } = said;
  response.writeHead(status, {
    'Content-Type': said.contentType ?? (body.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8'),
    'Content-Length': Buffer.byteLength(body) + 1,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
  });
  response.end(request.method === 'HEAD' ? undefined : `${body}\n`);
}
