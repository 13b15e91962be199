/** Named servers, and a service, that log their visitors in by the hub's OAuth: on every hub, with the hub's own library. */
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', 'fixtures', 'oauth_service.py');

/** Python for `extraConfig`: the service `Grader` on that port is there for everybody, and servers are the same program. */
export function oauthServers(servicePort: number): string {
  return `
import jupyterhub, sys
c.JupyterHub.services += [{
    "name": "Grader", "url": "http://127.0.0.1:${servicePort}",
    "command": [sys.executable, ${JSON.stringify(program)}],
}]
if jupyterhub.version_info >= (1,):
    c.JupyterHub.services[-1]["oauth_no_confirm"] = True
if jupyterhub.version_info >= (2,):
    c.JupyterHub.load_roles[1]["scopes"] += ["access:services!service=Grader"]
c.JupyterHub.allow_named_servers = True
c.Spawner.cmd = [sys.executable, ${JSON.stringify(program)}]
`;
}
