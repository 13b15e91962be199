/** The request that is explained: a raw head, read as the wire reads it, or one that is put together from options. */
import type { Config } from '../../config/config.ts';
import type { Policy } from '../../gate/policy.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { BodyFraming, InboundRequest, Peer } from '../../gate/stages.ts';
import { parseAddress, parseCidr } from '../../http/address.ts';
import { HeadReader } from '../../wire/downstream/head-reader.ts';
import { earlyBytes } from '../../wire/message/request-head.ts';
import type { ProcessIo } from '../process-io.ts';
import { readNamedFile, readStandardInput, withoutNewline } from '../token-text.ts';
import { UsageError } from '../usage-error.ts';

/** What the command line says of the request. */
export interface RequestOptions {
  /** A file with a raw head, `-` for the standard input. */
  readonly request?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly header: readonly string[];
  readonly peer?: string | undefined;
  /** Whom a PROXY header names. */
  readonly source?: string | undefined;
  /** A file with a bearer token, `-` for the standard input. */
  readonly token?: string | undefined;
}

/** A request as the door gets it. */
export interface ReadRequest {
  readonly inbound: InboundRequest;
  readonly framing: BodyFraming;
  /** What stands behind the head; null where it is chunked, or the request was put together here. */
  readonly body: Buffer | null;
}

/** A request; what the wire refuses it with; or what is wrong with the command line. */
export type RequestReading = ReadRequest | Refusal | { readonly misuse: string };

async function bytesOf(file: string, io: ProcessIo): Promise<Buffer | string> {
  if (file === '-') return readStandardInput(io);
  try {
    return await readNamedFile(file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    return `${file} can not be read (${code})`;
  }
}

/** Clients send UTF-8, which the wire takes byte for byte. */
function composedHead({ method, path, header }: RequestOptions, config: Config, policy: Policy): Buffer {
  const hasHost = header.some(line => /^host:/i.test(line));
  const lines = [...(hasHost ? [] : [`Host: ${policy.publicHost}`]), ...header];
  return Buffer.from(`${method ?? 'GET'} ${path ?? config.hub.baseUrl} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

/** The first address of the first trusted proxy. */
export function usualPeer({ trust }: Config): string {
  const [first] = trust.proxies;
  const parsed = first === undefined ? null : parseCidr(first);
  return parsed?.ok === true ? parsed.cidr.network.text : 'unix';
}

function peerOf({ peer, source }: RequestOptions, config: Config): Peer | { readonly misuse: string } {
  const named = source === undefined || source === 'none' ? null : parseAddress(source);
  if (source !== undefined && source !== 'none' && named === null)
    return { misuse: '--source takes an IP address, or none for a PROXY header that names nobody' };
  const passed = source === undefined ? {} : { source: named };
  const text = peer ?? usualPeer(config);
  if (text === 'unix') return { kind: 'unix', ...passed };
  const address = parseAddress(text);
  return address === null ? { misuse: '--peer takes an IP address, or unix' } : { kind: 'ip', address, ...passed };
}

function misuseOf({ request, method, path, header, token }: RequestOptions): string | null {
  if (request !== undefined && (method !== undefined || path !== undefined || header.length > 0))
    return '--request is a whole head: it goes without --method, --path and --header';
  return request === '-' && token === '-' ? '--request and --token can not both come from the standard input' : null;
}

const notWhole =
  'holds no whole head: each line has to end with CR LF, and an empty line has to follow the last one (--lf reads files whose lines end with LF)';

/** `lf`: the lines end with LF alone, as editors write them. */
export async function readRequest(
  options: RequestOptions & { readonly lf: boolean },
  config: Config,
  policy: Policy,
  io: ProcessIo,
): Promise<RequestReading> {
  const misuse = misuseOf(options);
  if (misuse !== null) return { misuse };
  const peer = peerOf(options, config);
  if ('misuse' in peer) return peer;
  const { request, token, lf } = options;
  const raw = request === undefined ? composedHead(options, config, policy) : await bytesOf(request, io);
  if (typeof raw === 'string') return { misuse: raw };
  const bytes = lf ? Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1') : raw;
  const read = new HeadReader(config.limits.headerBytes).read(bytes);
  if (read === null) return { misuse: `${request ?? 'the request'} ${notWhole}` };
  if ('reason' in read) return refuse(read.reason, read.detail);
  if (read.head.asksToSwitch && read.rest.length > 0) return refuse('request-ambiguous', earlyBytes);
  const tokenBytes = token === undefined ? null : await bytesOf(token, io);
  if (typeof tokenBytes === 'string') return { misuse: tokenBytes };
  const bearer = tokenBytes === null ? [] : [`Bearer ${withoutNewline(tokenBytes.toString('latin1'))}`];
  const { method, target, httpVersion, fields, framing } = read.head;
  const inbound = {
    ...{ method, target, httpVersion, peer },
    fields: [...fields, ...bearer.map(value => ['Authorization', value] as const)],
  };
  const body = framing.ok ? framing.body : ({ kind: 'none' } as const);
  return { inbound, framing: body, body: request === undefined || body.kind === 'chunked' ? null : read.rest };
}
