/** Runs code in a Jupyter kernel over its WebSocket (Jupyter messaging protocol 5, JSON frames). */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** How to reach the kernel. */
export type KernelOptions = {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** As in `/user/alice/api/kernels/<id>/channels`. */
  readonly path: string;
  /** Host, Origin, the proof and the cookies. */
  readonly headers: Readonly<Record<string, string>>;
};

/** What the kernel said to one piece of code. */
export type Execution = {
  readonly status: string;
  /** `text/plain` of the result; undefined when there is none. */
  readonly result: string | undefined;
  /** All that went to stdout. */
  readonly printed: string;
};

/** An open channel to a kernel. */
export type KernelChannel = {
  readonly socket: WebSocket;
  execute(code: string): Promise<Execution>;
  /** Closes with 1000 and waits for the answer. */
  close(): Promise<void>;
};

type Message = {
  readonly parent_header: { readonly msg_id?: string };
  readonly msg_type: string;
  readonly content: {
    readonly status?: string;
    readonly execution_state?: string;
    readonly name?: string;
    readonly text?: string;
    readonly data?: Readonly<Record<string, string>>;
  };
};

/** What each kind of message adds to what is known. */
const heard: Readonly<Record<string, (content: Message['content'], said: Execution) => Partial<Execution>>> = {
  execute_reply: content => ({ status: content.status ?? '' }),
  execute_result: content => ({ result: content.data?.['text/plain'] }),
  stream: (content, said) => (content.name === 'stdout' ? { printed: said.printed + content.text } : {}),
};

const patienceMs = 60_000;

/** Opens the WebSocket; rejects with the status when the handshake is refused. */
export async function openKernel({ port, path, headers }: KernelOptions): Promise<KernelChannel> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...headers } });
  await once(socket, 'open');
  return {
    socket,
    execute: code => execute(socket, code),
    async close() {
      const closed = once(socket, 'close');
      socket.close(1000);
      await closed;
    },
  };
}

function executeRequest(id: string, code: string): string {
  return JSON.stringify({
    channel: 'shell',
    header: { msg_id: id, msg_type: 'execute_request', username: '', session: id, version: '5.3', date: '' },
    parent_header: {},
    metadata: {},
    content: { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false },
  });
}

/** Done when both the reply and the idle state have come, in whatever order. */
function execute(socket: WebSocket, code: string): Promise<Execution> {
  const id = randomUUID();
  return new Promise((resolve, reject) => {
    let said: Execution = { status: '', result: undefined, printed: '' };
    let idle = false;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off('message', onMessage).off('close', onClose);
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error('the kernel does not answer'))), patienceMs);
    const onClose = (status: number): void => end(() => reject(new Error(`the channel closed with ${status}`)));
    const onMessage = (data: Buffer): void => {
      const message = JSON.parse(data.toString()) as Message;
      if (message.parent_header.msg_id !== id) return;
      said = { ...said, ...heard[message.msg_type]?.(message.content, said) };
      idle ||= message.content.execution_state === 'idle';
      if (idle && said.status !== '') end(() => resolve(said));
    };
    socket.on('message', onMessage).on('close', onClose);
    socket.send(executeRequest(id, code));
  });
}
