/** Apache httpd on this machine: where its modules are, and a configuration for one process in one folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../machine/programs.ts';
import { versionFrom } from '../peers/probe.ts';

const moduleFolder = '/usr/lib/apache2/modules';

/** What every one of them needs: a process with threads, and headers about a request that is proxied. */
const commonModules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'proxy', 'proxy_http'];

/** One server of its own. */
export interface ApacheSeat {
  /** Its own folder, which exists. */
  readonly folder: string;
  readonly port: number;
  readonly serverName: string;
  /** In one process. */
  readonly threads: number;
  /** Modules beside those that all have, without `mod_`. */
  readonly modules: readonly string[];
  /** `error` when absent. */
  readonly logLevel?: string;
}

/** What of its configuration says what it does, of all servers and of all paths. */
export interface ApacheDuty {
  readonly global: readonly string[];
  readonly location: readonly string[];
}

/** Apache's version where it has this module; else null. */
export function apacheVersionWith(module: string): string | null {
  const there = existsSync(join(moduleFolder, `mod_${module}.so`));
  return there ? versionFrom(['apache2', '-v'], /Apache\/(\S+)/) : null;
}

/** Runs Apache with a configuration file. */
export function apacheCommand(file: string): Command {
  return ['apache2', '-f', file, '-D', 'FOREGROUND'];
}

/** What a distribution's own configuration says around anything; its log is `error.log` in the folder. */
export function apacheSurroundings(seat: ApacheSeat): string {
  const { folder, port, serverName, threads, modules, logLevel = 'error' } = seat;
  const all = [...commonModules, ...modules];
  return `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
ServerName ${serverName}
PidFile ${join(folder, 'httpd.pid')}
ErrorLog ${join(folder, 'error.log')}
LogLevel ${logLevel}
Mutex posixsem default
${all.map(name => `LoadModule ${name}_module ${join(moduleFolder, `mod_${name}.so`)}`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
Listen 127.0.0.1:${port}
StartServers 1
ServerLimit 1
ThreadLimit ${threads}
ThreadsPerChild ${threads}
MaxRequestWorkers ${threads}
`;
}

/** The whole configuration of a proxy that keeps Host. */
export function apacheConfig(seat: ApacheSeat, { global, location }: ApacheDuty): string {
  return `${apacheSurroundings(seat)}
${global.join('\n')}
ProxyPreserveHost On
<Location />
  ${location.join('\n  ')}
</Location>
`;
}
