/** Ports for programs that must be told one: outside the range from which the system takes clients' ports, and kept from other processes that ask here. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Beyond 10080, the last port that fetch refuses to speak to. */
const lowest = 10_081;
const highest = 65_000;

/** A TCP port of 127.0.0.1 on which nobody listens, this process's until it ends. */
export async function reservePort(): Promise<number> {
  const [first, last] = outsideEphemeral();
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first));
    if ((await claim(port)) && (await canListen(port))) return port;
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

/** The UDP port of the same number is the claim: the system lets one process have it, and takes it back when that ends. */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  try {
    socket.bind({ port, address: '127.0.0.1', exclusive: true });
    await once(socket, 'listening');
    return true;
  } catch {
    socket.close();
    return false;
  }
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
