/** The hub's answers to what the gate asks in a browser's name: taken whole, since nobody may see a half of them. */
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { FieldLine } from '../http/field.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { HubAnswer, HubRequest, Running } from '../wire/upstream/hub-request.ts';

/** An answer that is all there. */
export interface WholeAnswer extends HubAnswer {
  readonly body: Buffer;
}

/** A page of the hub's has some tens of KiB. */
const mostBytes = 1024 * 1024;

/** Sends a request without a body; `onRunning` is told what to abort when the browser goes. Never rejects. */
export function askWhole(
  hub: HubClient,
  request: Pick<HubRequest, 'method' | 'target' | 'fields'>,
  onRunning: (running: Running) => void,
): Promise<WholeAnswer | Refusal> {
  const { promise, resolve } = Promise.withResolvers<WholeAnswer | Refusal>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let answer: HubAnswer | undefined;
  const running = hub.forward(
    { ...request, body: null, protocol: 'http' },
    {
      interim: () => undefined,
      head(head) {
        answer = head;
      },
      data(chunk) {
        bytes += chunk.length;
        if (bytes <= mostBytes) chunks.push(Buffer.from(chunk));
        else {
          running.abort();
          resolve(refuse('hub-answer-invalid', `an answer of more than ${mostBytes} bytes to a login`));
        }
        return true;
      },
      end: () => resolve(answer === undefined ? noAnswer : { ...answer, body: Buffer.concat(chunks) }),
      flush: () => undefined,
      room: () => undefined,
      failed: (reason, detail) => resolve(refuse(reason, detail)),
      switched(_fields: readonly FieldLine[], socket) {
        socket.destroy();
        resolve(noAnswer);
      },
    },
  );
  onRunning(running);
  return promise;
}

const noAnswer = refuse('hub-answer-invalid', 'no answer to what was asked');
