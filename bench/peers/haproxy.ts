/** HAProxy: with `jwt_verify`, as its documentation recommends for this job, and with the headers' part alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { audience } from '../lab/issuer.ts';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

/** Verifies every token of every request. */
export const haproxyJwt: Peer = {
  ...haproxy('haproxy-jwt.cfg'),
  name: 'haproxy-jwt',
  title: 'HAProxy with jwt_verify',
  does: 'everything',
  algorithms: ['RS256', 'ES256'],
};

/** Takes the identity headers out, checks nobody. */
export const haproxyHeaders: Peer = {
  ...haproxy('haproxy-headers.cfg'),
  name: 'haproxy-headers',
  title: 'HAProxy, headers only, no auth',
  does: 'headers',
  algorithms: [],
};

function haproxy(template: string): Pick<Peer, 'mandatory' | 'install' | 'version' | 'launch'> {
  return {
    mandatory: true,
    install: 'apt-get install -y --no-install-recommends haproxy',
    version: () => versionFrom(['haproxy', '-v'], /version (\S+)/),
    launch: async seat => {
      const file = seat.lab.write(`${seat.folder}/haproxy.cfg`, filled(template, seat));
      return { command: ['haproxy', '-db', '-f', file] };
    },
  };
}

function filled(template: string, { lab, port, backendPort, algorithm }: Seat): string {
  const words = new Map([
    ['PORT', String(port)],
    ['BACKEND', String(backendPort)],
    ['ISSUER', lab.issuer.url],
    ['AUDIENCE', audience],
    ['ALGORITHM', algorithm],
    ['KEY', join(lab.folder, 'keys', `${algorithm}.pem`)],
  ]);
  const text = readFileSync(join(import.meta.dirname, template), 'utf8');
  return text.replace(/\{([A-Z]+)\}/g, (whole, word: string) => words.get(word) ?? whole);
}
