/** Files that a config names: made absolute from the config's own folder. */
import { resolve } from 'node:path';
import type { Config } from './config.ts';
import type { InjectMount } from './sections/inject.ts';
import type { ProofSource, UserSource } from './sections/sources.ts';
import type { SsoRequire } from './sections/sso.ts';

function withSecrets(require: SsoRequire, absolute: (file: string) => string): SsoRequire {
  const { sharedSecret } = require;
  return { ...require, sharedSecret: sharedSecret && { ...sharedSecret, files: sharedSecret.files.map(absolute) } };
}

/** Files per user, and what a provider's config names. */
function sourceFiles<From extends ProofSource | UserSource>(from: From, absolute: (file: string) => string): From {
  if (from.kind === 'file') return { ...from, file: absolute(from.file) };
  if (from.kind !== 'url') return from;
  const { tokenFile, caFile } = from;
  return { ...from, tokenFile: tokenFile && absolute(tokenFile), caFile: caFile && absolute(caFile) };
}

function withFiles(mount: InjectMount, absolute: (file: string) => string): InjectMount {
  const { from, headerFile } = mount;
  return {
    ...mount,
    headerFile: headerFile === null ? null : absolute(headerFile),
    from: sourceFiles(from, absolute),
  };
}

/** Makes every file absolute; `folder` is where the config stands. */
export function resolveFiles(config: Config, folder: string): Config {
  const absolute = (file: string): string => resolve(folder, file);
  const perhaps = (file: string | null): string | null => (file === null ? null : absolute(file));
  const { admin, hub, inject, introspection, jwt, listen, log, revocation, session, sso } = config;
  const audit = log.audit;
  return {
    ...config,
    listen: listen.map(({ tls, ...listener }) => ({
      ...listener,
      tls: tls && {
        ...tls,
        certFile: absolute(tls.certFile),
        keyFile: absolute(tls.keyFile),
        clientCaFile: perhaps(tls.clientCaFile),
      },
    })),
    hub: {
      ...hub,
      tokenFile: perhaps(hub.tokenFile),
      tls: hub.tls && {
        ...hub.tls,
        caFile: perhaps(hub.tls.caFile),
        certFile: perhaps(hub.tls.certFile),
        keyFile: perhaps(hub.tls.keyFile),
      },
    },
    admin: admin && { ...admin, tokenFile: perhaps(admin.tokenFile) },
    jwt: jwt.map(entry => ({
      ...entry,
      keys:
        'file' in entry.keys
          ? { ...entry.keys, file: absolute(entry.keys.file) }
          : { ...entry.keys, caFile: perhaps(entry.keys.caFile) },
    })),
    sso: sso.map(entry => ({ ...entry, require: entry.require && withSecrets(entry.require, absolute) })),
    introspection: introspection.map(entry => ({
      ...entry,
      clientSecretFile: absolute(entry.clientSecretFile),
      caFile: perhaps(entry.caFile),
    })),
    revocation: { file: perhaps(revocation.file) },
    session: session && { ...session, keyFiles: session.keyFiles.map(absolute) },
    inject: {
      ...inject,
      user: inject.user && { ...inject.user, headerFile: perhaps(inject.user.headerFile) },
      mount: inject.mount && withFiles(inject.mount, absolute),
      data: inject.data.map(entry => ({ ...entry, from: sourceFiles(entry.from, absolute) })),
    },
    log: { ...log, audit: audit.kind === 'file' ? { kind: 'file', file: absolute(audit.file) } : audit },
  };
}
