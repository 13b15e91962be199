/** The hub's own proxy, which checks nothing: what users of a hub pay already. */
import { join } from 'node:path';
import { installedProgram } from '../../scripts/checkout.ts';
import { reservePort } from '../../scripts/reserved-ports.ts';
import type { Peer } from './peer.ts';
import { versionFrom } from './probe.ts';

/** No auth. */
export const configurableHttpProxy: Peer = {
  name: 'chp',
  title: 'configurable-http-proxy, no auth',
  does: 'nothing',
  algorithms: [],
  mandatory: false,
  install: 'npm ci',
  version: () => versionFrom([process.execPath, program(), '--version'], /(\d+\.\d+\.\d+)/),
  launch: async ({ port, backendPort, lab, folder }) => {
    const own = ['--ip', '127.0.0.1', '--port', String(port)];
    const api = ['--api-ip', '127.0.0.1', '--api-port', String(await reservePort())];
    const pidFile = ['--pid-file', join(lab.folder, `${folder}.pid`)];
    const target = ['--default-target', `http://127.0.0.1:${backendPort}`, '--log-level', 'error'];
    return {
      command: [process.execPath, program(), ...own, ...api, ...pidFile, ...target],
      env: { CONFIGPROXY_AUTH_TOKEN: 'bench' },
    };
  },
};

function program(): string {
  return installedProgram('configurable-http-proxy');
}
