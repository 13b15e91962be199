/** The gate under which the traffic was recorded, and is replayed. */
import { parseConfig } from '../../src/config/load.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { compilePolicy } from '../../src/policy.ts';
import { labConfig, type WrittenConfig } from '../gates/lab.ts';

/** What browsers call the gate. */
export const labHost = 'hub.example';

/** Its config in front of a hub. */
export function labTrafficConfig(hubUrl: string): WrittenConfig {
  const hub = { url: hubUrl, authenticator: 'jhubauthenticators.HeaderAuthenticator' };
  return labConfig(hub, { publicUrl: `https://${labHost}`, user: { pattern: '^[a-z0-9][a-z0-9._@-]{0,62}$' } });
}

/** The same, compiled; the hub is whoever the test puts there. */
export function labTrafficPolicy(): Policy {
  const parsed = parseConfig(JSON.stringify(labTrafficConfig('http://127.0.0.1:1')), '/etc/hubgate/proxy.yaml', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  return compilePolicy(parsed.config, 'lab-traffic');
}
