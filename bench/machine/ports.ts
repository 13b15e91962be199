/** Free ports outside the range from which the system takes clients' ports, so that no client of a round ever sits on one. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 10_000;
const highest = 65_000;

const given = new Set<number>();

/** A port of 127.0.0.1 on which nobody listens, never the same twice. */
export async function freePort(): Promise<number> {
  const [first, last] = outsideEphemeral();
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first));
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
}

/** The wider of the two ranges beside the ephemeral one. */
function outsideEphemeral(): [first: number, last: number] {
  const [from = 32_768, to = 60_999] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  const [below, above] = [from - lowest, highest - to];
  if (Math.max(below, above) < 100) throw new Error(`no ports are left beside the ephemeral range ${from}-${to}`);
  return below >= above ? [lowest, from] : [to + 1, highest];
}

async function canListen(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
