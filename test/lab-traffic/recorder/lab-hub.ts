/** The hub whose traffic is recorded: real single-user servers that run JupyterLab, an administrator, a service with OAuth. */
import { join } from 'node:path';
import { labEnvironment } from '../../../scripts/python-environments.ts';
import { reservePort } from '../../../scripts/reserved-ports.ts';
import type { Teardown } from '../../gates/lab.ts';
import { type Hub, startHub } from '../../hub/setup/hub.ts';

/** Sees the admin panel, and may enter everybody's server. */
export const administrator = 'alice@lab.example';

/** What the hub calls its service. */
export const serviceName = 'Grader';

const serviceProgram = join(import.meta.dirname, '..', '..', 'hub', 'fixtures', 'oauth_service.py');

/** Nothing is asked of the world outside: no news, no updates, no list of extensions to install. */
const labArguments = [
  '--allow-root',
  '--LabApp.expose_app_in_browser=True',
  '--LabApp.extension_manager=readonly',
  '--LabApp.news_url=None',
  '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
];

/** Starts it; `hostCookies`: its cookies are `__Host-` ones, which browsers send on every path. */
export async function startLabHub(t: Teardown, hostCookies: boolean): Promise<Hub> {
  const servicePort = await reservePort();
  const program = join(labEnvironment.folder, 'bin', 'jupyterhub-singleuser');
  return startHub(t, 'header', {
    extraConfig: `
import sys
c.Spawner.cmd = [${JSON.stringify(program)}]
c.Spawner.args = ${JSON.stringify(labArguments)}
c.Spawner.default_url = "/lab"
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
