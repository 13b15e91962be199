/** Peers on a listener for both families: IPv4 comes in mapped and is itself again, IPv6 is itself. */
import { networkInterfaces } from 'node:os';
import { test } from 'tap';
import { addressSet, parseCidr } from '../../src/http/address.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { openHouse, proof, scriptedHub, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const everywhere = { kind: 'tcp', host: '::', port: 0 } as const;
const request = `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}\r\n`;

const hasIpv6 = Object.values(networkInterfaces()).some(each => each?.some(({ family }) => family === 'IPv6'));

function trusting(text: string): object {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  const proxies = addressSet([parsed.cidr]);
  return {
    trust: { proxies, others: 'refuse', clientAddress: 'peer', unixPeers: false, signInProxies: addressSet([]) },
  };
}

const rows = [
  { title: 'IPv4, mapped by the system, is trusted as IPv4', trusted: '127.0.0.1/32', host: '127.0.0.1', status: 200 },
  { title: 'IPv6 is trusted as IPv6', trusted: '::1/128', host: '::1', status: 200 },
  { title: 'IPv6 is not what trusts IPv4', trusted: '127.0.0.1/32', host: '::1', status: 403 },
  { title: 'IPv4 is not what trusts IPv6', trusted: '::1/128', host: '127.0.0.1', status: 403 },
];

if (hasIpv6) {
  for (const { title, trusted, host, status } of rows) {
    test(title, async t => {
      const hub = await scriptedHub(ok);
      await within(hub, { listen: [everywhere], policy: trusting(trusted) }, async house => {
        const [answer] = await rawRequest({ port: house.port, host, bytes: request });
        t.equal(answer?.status, status);
        t.match(house.records, [{ peer: host, status }]);
        if (status === 200) t.match(hub.received(), `X-Forwarded-For: ${host}\r\n`);
        else t.equal(hub.received(), '');
      });
    });
  }
} else {
  test('a system without IPv6 says so when it is to listen on it', async t => {
    const hub = await scriptedHub(ok);
    await t.rejects(openHouse({ hub: hub.port, listen: [everywhere] }), { message: /^can not listen on \[::\]:0: E/ });
    await hub.close();
  });
}
