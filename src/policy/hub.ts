/** What the hub's authenticator reads, and what of it the gate posts itself. */
import type { Config } from '../config/config.ts';
import type { DeliveryRules, Injection } from '../gate/policy.ts';
import { presets } from '../hub/presets.ts';

/** A plugin that is told a token of the user's takes cookies of the names of its headers before them, and sets them: a secret name as well. */
export function cookiesRead({ hub }: Config, injections: readonly Injection[]): string[] {
  const { mintedTokenHeader } = presets[hub.authenticator.preset];
  return mintedTokenHeader === null ? [] : injections.map(({ header }) => header);
}

/** What of the injections the gate has to post itself. The first one is the user's, which alone is nothing to post. */
export function deliveryRules({ hub }: Config, [user, ...others]: readonly Injection[]): DeliveryRules | null {
  const { delivery } = presets[hub.authenticator.preset];
  if (delivery === null || hub.deliver !== 'onLogin') return null;
  const { path, method } = delivery;
  const there = others.filter(one => one.method === method && one.paths !== 'everywhere' && one.paths.has(path));
  const carries = new Set(there.map(({ header }) => header).filter(header => header !== user?.header));
  return carries.size === 0 ? null : { path, carries };
}
