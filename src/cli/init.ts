/** `hubgate init --preset NAME`: prints the hub's side of a preset, for jupyterhub_config.py. */
import { pluginNames, readAuthenticator } from '../config/authenticators.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problems.ts';
import type { PresetName } from '../config/sections/hub.ts';
import { type GateSide, type HeaderName, sideFault, usualSide } from '../hub/hub-sides.ts';
import { hubSnippet } from '../hub/hub-snippet.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';
import { sayFailed, sayUsage } from './said.ts';

/** What the command line says. */
export interface InitOptions {
  readonly preset?: string | undefined;
  /** The gate's config, whose header names and servers' door the hub has to know. */
  readonly config?: string | undefined;
}

type PluginName = Exclude<PresetName, 'custom'>;

function headerName(header: string | null, file: string | null): HeaderName | null {
  if (file !== null) return { file };
  return header === null ? null : { name: header };
}

/** Where servers on other machines reach the door: a listener on every address has to be told by a name. */
function serversUrl({ listen }: Config): string | null {
  const door = listen.find(({ audience }) => audience === 'servers');
  if (door === undefined || door.address.kind !== 'tcp' || door.address.port === 0) return null;
  const { host, port } = door.address;
  const scheme = door.tls === null ? 'http' : 'https';
  const named = host === '0.0.0.0' || host === '::' ? 'hubgate' : host;
  return `${scheme}://${named.includes(':') ? `[${named}]` : named}:${port}`;
}

function sideOf(config: Config, preset: PluginName): GateSide {
  const { user, mount, data } = config.inject;
  const usual = usualSide(preset);
  return {
    user: (user === null ? null : headerName(user.header, user.headerFile)) ?? usual.user,
    mount: mount === null ? null : headerName(mount.header, mount.headerFile),
    data: data.map(({ header }) => header),
    service:
      config.hub.tokenFile === null
        ? null
        : { tokenFile: config.hub.tokenFile, makesUsers: config.exchange.createUsers },
    serversUrl: serversUrl(config),
    baseUrl: config.hub.baseUrl,
    subdomainHost: config.userHosts === null ? null : config.publicUrl,
  };
}

interface Asked {
  readonly preset: PresetName;
  readonly config: Config | null;
}

type Misuse = { readonly misuse: string } | { readonly badConfig: readonly string[] };

const names = pluginNames.join(', ');
const noSide = "custom has no side that is known: the hub's authenticator has to read what inject writes";

function asked({ preset: written, config: path }: InitOptions, io: ProcessIo): Asked | Misuse {
  const read = written === undefined ? null : readAuthenticator(written);
  if (read !== null && 'fault' in read)
    return { misuse: `--preset: ${written} ${read.fault}, expected one of ${names}` };
  if (path === undefined)
    return read === null
      ? { misuse: `expected --preset NAME, or --config FILE; names are ${names}` }
      : { ...read, config: null };
  const loaded = loadConfig(path, io.env);
  if (!loaded.ok) return { badConfig: loaded.problems.map(formatProblem) };
  const { preset } = loaded.config.hub.authenticator;
  if (read !== null && read.preset !== preset)
    return { misuse: `--preset: ${written} is not the config's hub.authenticator, ${preset}` };
  return { preset, config: loaded.config };
}

/** Prints the snippet; what is wrong goes to stderr. */
export function runInit(options: InitOptions, io: ProcessIo): number {
  const read = asked(options, io);
  if ('misuse' in read) return sayUsage(io, read.misuse);
  if ('badConfig' in read) {
    for (const problem of read.badConfig) io.stderr.write(`${problem}\n`);
    return exitCodes.badConfig;
  }
  const { preset, config } = read;
  if (preset === 'custom') return sayUsage(io, noSide);
  const side = config === null ? usualSide(preset) : sideOf(config, preset);
  const fault = sideFault(preset, side);
  if (fault !== null) return sayFailed(io, fault);
  io.stdout.write(hubSnippet(preset, side));
  return exitCodes.fine;
}
