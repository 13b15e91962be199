/** How a request's body goes up: not at all, streamed under its inbound length or chunked, or measured first (P14). */
import { type Readable, Transform } from 'node:stream';
import { measuredBodyBytes } from '../gate/body.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { InboundRequest, OutboundRequest } from '../gate/stages.ts';
import type { FieldLine } from '../http/field.ts';
import { requestFraming } from '../http/framing.ts';

/** A body with the framing that goes with it. */
export interface OutboundBody {
  readonly framing: readonly FieldLine[];
  readonly body: Readable | Buffer | null;
}

/** A streamed body that grew beyond limits.bodyBytes. */
export class BodyTooLarge extends Error {
  override readonly name: string = 'BodyTooLarge';
}

/** Counts what passes, and breaks off beyond `limit` bytes (0: no limit). */
function gauge(limit: number, onBytes: (bytes: number) => void): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      onBytes(chunk.length);
      if (limit > 0 && total > limit) done(new BodyTooLarge());
      else done(null, chunk);
    },
  });
}

function lengthLine(bytes: number): FieldLine {
  return ['Content-Length', String(bytes)];
}

/** Reads a small body whole. Null: it is larger than `limit`, or the client went away. */
function measure(body: Readable, limit: number): Promise<Buffer | null> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limit) return;
      body.pause();
      body.removeAllListeners('data');
      resolve(null);
    });
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('close', () => resolve(null));
  });
}

async function measured(body: Readable, limit: number, chunked: boolean): Promise<OutboundBody | Refusal> {
  const bytes = await measure(body, limit);
  if (bytes !== null) return { framing: bytes.length > 0 ? [lengthLine(bytes.length)] : [], body: bytes };
  return refuse(chunked ? 'length-required' : 'body-too-large', 'a large body on this method');
}

/** What a body needs to be read. */
export interface BodySource {
  readonly inbound: InboundRequest;
  readonly body: Readable;
  /** limits.bodyBytes; 0: none. */
  readonly limit: number;
  readonly onBytes: (bytes: number) => void;
}

/** Carries out the plan that came with the decision. */
export async function outboundBody(plan: OutboundRequest['body'], source: BodySource): Promise<OutboundBody | Refusal> {
  if (plan === 'none') return { framing: [], body: null };
  const { inbound, limit } = source;
  const framing = requestFraming(inbound.fields, inbound.httpVersion);
  if (!framing.ok) return refuse('internal-error', framing.fault);
  if (plan === 'measure') {
    const most = limit > 0 ? Math.min(limit, measuredBodyBytes) : measuredBodyBytes;
    const outcome = await measured(source.body, most, framing.body.kind === 'chunked');
    if ('body' in outcome && Buffer.isBuffer(outcome.body)) source.onBytes(outcome.body.length);
    return outcome;
  }
  const lines = framing.body.kind === 'length' ? [lengthLine(framing.body.bytes)] : [];
  if (framing.body.kind === 'length' && framing.body.bytes === 0) return { framing: lines, body: null };
  return { framing: lines, body: source.body.pipe(gauge(limit, source.onBytes)) };
}
