/** The hub whose traffic is recorded: real single-user servers that run JupyterLab, an administrator, a service with OAuth. */
import { join } from 'node:path';
import { reservePort } from '../../../scripts/reserved-ports.ts';
import type { Teardown } from '../../gates/lab.ts';
import { type Hub, startHub } from '../../hub/setup/hub.ts';
import { labServers } from '../../hub/setup/lab-servers.ts';

/** Sees the admin panel, and may enter everybody's server. */
export const administrator = 'alice@lab.example';

/** What the hub calls its service. */
export const serviceName = 'Grader';

const serviceProgram = join(import.meta.dirname, '..', '..', 'hub', 'fixtures', 'oauth_service.py');

/** Starts it; `hostCookies`: its cookies are `__Host-` ones, which browsers send on every path. */
export async function startLabHub(t: Teardown, hostCookies: boolean): Promise<Hub> {
  const servicePort = await reservePort();
  return startHub(t, 'header', {
    singleuser: 'real',
    extraConfig: `${labServers}
import sys
c.Authenticator.admin_users = {${JSON.stringify(administrator)}}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.cookie_host_prefix_enabled = ${hostCookies ? 'True' : 'False'}
c.JupyterHub.services += [{
    "name": "${serviceName}", "url": "http://127.0.0.1:${servicePort}",
    "command": [sys.executable, ${JSON.stringify(serviceProgram)}],
}]
c.JupyterHub.load_roles[1]["scopes"] += ["access:services!service=${serviceName}"]
c.JupyterHub.load_roles += [{
    "name": "visitor", "users": [${JSON.stringify(administrator)}], "scopes": ["access:servers"],
}]
`,
  });
}
