/** Files that a config names: made absolute from the config's own folder. */
import { resolve } from 'node:path';
import type { Config } from './config.ts';

/** A config whose files are absolute, and the files that it reads. */
export interface ResolvedConfig {
  readonly config: Config;
  /** Each once; neither the config itself, nor files per user, nor the audit log. */
  readonly files: readonly string[];
}

/** Makes every file absolute; `folder` is where the config stands. */
export function resolveFiles(config: Config, folder: string): ResolvedConfig {
  const files = new Set<string>();
  const named = (file: string): string => {
    const path = resolve(folder, file);
    files.add(path);
    return path;
  };
  const { admin, hub, inject, jwt, listen, log } = config;
  const perhaps = (file: string | null): string | null => (file === null ? null : named(file));
  const from = inject.mount?.from;
  const audit = log.audit;
  const resolved: Config = {
    ...config,
    listen: listen.map(({ address, tls }) => ({
      address,
      tls: tls && {
        ...tls,
        certFile: named(tls.certFile),
        keyFile: named(tls.keyFile),
        clientCaFile: perhaps(tls.clientCaFile),
      },
    })),
    hub: {
      ...hub,
      tls: hub.tls && {
        ...hub.tls,
        caFile: perhaps(hub.tls.caFile),
        certFile: perhaps(hub.tls.certFile),
        keyFile: perhaps(hub.tls.keyFile),
      },
    },
    admin: admin && { ...admin, tokenFile: perhaps(admin.tokenFile) },
    jwt: jwt.map(entry =>
      entry.keys.kind === 'jwksUrl' ? entry : { ...entry, keys: { ...entry.keys, file: named(entry.keys.file) } },
    ),
    inject: {
      ...inject,
      mount:
        inject.mount && from?.kind === 'file'
          ? { ...inject.mount, from: { kind: 'file', file: resolve(folder, from.file) } }
          : inject.mount,
    },
    log: { ...log, audit: audit.kind === 'file' ? { kind: 'file', file: resolve(folder, audit.file) } : audit },
  };
  return { config: resolved, files: [...files] };
}
