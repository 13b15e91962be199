/** What the gate is to post to the hub for a user, after the login. */
import type { PresetName } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';
import { NOT_AVAILABLE } from '../shape.ts';
import type { Rule } from './rule.ts';

/** What of `inject` each plugin reads on an endpoint that no browser speaks to by itself. */
const POSTED: ReadonlyMap<PresetName, 'mount' | 'data'> = new Map<PresetName, 'mount' | 'data'>([
  ['jhub_remote_auth_mount.MountRemoteUserAuthenticator', 'mount'],
  ['jhub_remote_login.DataRemoteUserAuthenticator', 'data'],
  ['jhub_authenticators.DataRemoteUserAuthenticator', 'data'],
]);

function isAsked(part: 'mount' | 'data', { inject }: ReadableConfig): boolean {
  return part === 'mount' ? inject?.mount != null : (inject?.data?.length ?? 0) > 0;
}

/** A mount or data that nobody would bring to the hub. */
export const deliveryBuilt: Rule = (config): Finding[] => {
  const { authenticator, deliver } = config.hub ?? {};
  const part = authenticator && POSTED.get(authenticator.preset);
  if (part === undefined || deliver !== 'onLogin' || !isAsked(part, config)) return [];
  const message = `${NOT_AVAILABLE}: expected never, where clients post to /hub/${part} themselves`;
  return [{ path: ['hub', 'deliver'], message }];
};
