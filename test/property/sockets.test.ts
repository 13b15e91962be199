/** Non-interference through real sockets: the bytes at the hub, whatever the client's bytes were around its proof. */
import fc from 'fast-check';
import t from 'tap';
import { openCapturingHub } from '../contract/capturing-hub.ts';
import type { ConfigName } from '../contract/configs.ts';
import { exchange, openSocketGate, type SocketGate } from '../contract/socket-world.ts';
import { fillIn } from '../contract/tokens.ts';
import { identityPart, rightPart } from './identity-part.ts';
import { type Interference, interference } from './interference.ts';
import { situations } from './situations.ts';

const numRuns = 300;

const hub = await openCapturingHub();
hub.answerWith('HTTP/1.1 403 Fine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
const gates = new Map<ConfigName, SocketGate>();
for (const { config } of situations) {
  if (!gates.has(config)) gates.set(config, await openSocketGate(config, hub.port));
}

t.teardown(async () => {
  for (const gate of gates.values()) await gate.close();
  await hub.close();
});

/** Lines at the hub; null where nothing came. Two requests, or half of one, are a fault whatever they say. */
async function atHub({ bent, situation, method }: Interference): Promise<readonly string[] | null> {
  const bytes = `${bent.map(fillIn).join('\r\n')}\r\n\r\n`;
  await exchange(gates.get(situation.config)?.port ?? 0, situation.peer, bytes, method === 'HEAD');
  const [first, ...more] = hub.take();
  if (more.length > 0 || first?.head.length === 0) throw new Error('not one whole request at the hub');
  return first?.head ?? null;
}

/** The gate waits for a body that was announced; none is sent here. */
function announcesBody({ bent }: Interference): boolean {
  return bent.some(line => /^(?:content-length|transfer-encoding):/i.test(line));
}

t.test('the identity-bearing bytes at the hub are a function of the proof and the policy', async t => {
  let wentOn = 0;
  const property = fc.asyncProperty(
    interference.filter(each => !announcesBody(each)),
    async each => {
      const head = await atHub(each);
      if (head === null) return;
      wentOn += 1;
      const [requestLine = '', ...lines] = head;
      const path = (requestLine.split(' ')[1] ?? '').replace(/\?.*$/, '');
      const { fields, cookies } = rightPart(each.situation, each.method, path);
      const part = JSON.stringify(identityPart(lines, each.situation));
      if (part !== JSON.stringify({ fields: fields.map(fillIn), cookies }))
        throw new Error(`not the gate's own: ${part}`);
    },
  );
  const details = await fc.check(property, { numRuns });
  t.comment(`seed ${details.seed}, ${details.numRuns} runs, ${wentOn} went on`);
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
  t.ok(wentOn > numRuns / 10, `enough bent requests go on: ${wentOn}`);
});
