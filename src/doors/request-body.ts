/** How a request's body goes up: streamed under its inbound length or chunked, or measured first (P14). */

import { type Refusal, refuse } from '../gate/reasons.ts';
import { measuredBodyBytes } from '../gate/request/body.ts';
import type { BodyFraming } from '../gate/stages.ts';
import type { FieldLine } from '../http/field.ts';
import type { BodyTaker, Exchange } from '../wire/downstream/exchange.ts';
import type { Running } from '../wire/upstream/hub-request.ts';

/** The framing that a streamed body keeps: its length where it has one. */
export function streamFraming(framing: BodyFraming): FieldLine[] {
  return framing.kind === 'length' ? [['Content-Length', String(framing.bytes)]] : [];
}

/** The framing of a body that was measured. */
export function measuredFraming(body: Buffer): FieldLine[] {
  return body.length > 0 ? [['Content-Length', String(body.length)]] : [];
}

/** Told what comes of a body. */
export interface BodyEvents {
  readonly onBytes: (bytes: number) => void;
  readonly onRefused: (refusal: Refusal) => void;
}

/** Sends a body on as it comes, and breaks off beyond `limit` bytes (limits.bodyBytes; 0: no limit). */
export function streamBody(running: Running, limit: number, { onBytes, onRefused }: BodyEvents): BodyTaker {
  let total = 0;
  return {
    bodyData(chunk) {
      total += chunk.length;
      onBytes(chunk.length);
      if (limit === 0 || total <= limit) return running.write(chunk);
      running.abort();
      onRefused(refuse('body-too-large', 'over limits.bodyBytes'));
      return true;
    },
    bodyEnd: () => running.end(),
  };
}

/** Reads a small body whole. `limit` as above. */
export function measureBody(
  framing: BodyFraming,
  limit: number,
  { onBytes, onRefused, onWhole }: BodyEvents & { readonly onWhole: (body: Buffer) => void },
): BodyTaker {
  const most = limit > 0 ? Math.min(limit, measuredBodyBytes) : measuredBodyBytes;
  const chunks: Buffer[] = [];
  let total = 0;
  return {
    bodyData(chunk) {
      const refusedBefore = total > most;
      total += chunk.length;
      if (total <= most) chunks.push(chunk);
      else if (!refusedBefore)
        onRefused(
          refuse(
            framing.kind === 'chunked' ? 'length-required' : 'body-too-large',
            'a body that has to be read first is large',
          ),
        );
      return true;
    },
    bodyEnd() {
      if (total > most) return;
      onBytes(total);
      onWhole(Buffer.concat(chunks));
    },
  };
}

/** A body that was read for the gate. */
export interface WholeBody {
  readonly what: 'body';
  readonly bytes: Buffer;
}

/** Reads a body for the gate; never resolves when the client goes before its end. */
export function wholeBody(
  exchange: Exchange,
  limit: number,
  onBytes: BodyEvents['onBytes'],
): Promise<WholeBody | Refusal> {
  return new Promise(resolve => {
    const onWhole = (bytes: Buffer): void => resolve({ what: 'body', bytes });
    exchange.takeBody(measureBody(exchange.framing, limit, { onBytes, onRefused: resolve, onWhole }));
  });
}
