/** Who may come in, and by which name of the hub. */

import type { Config } from '../config/config.ts';
import { namePattern } from '../config/pattern.ts';
import type { UserConfig } from '../config/sections/user.ts';
import type { UnicodeRules, UserRules } from '../gate/policy.ts';
import { skeleton } from '../gate/user/skeleton.ts';
import { lowerCaseName } from '../gate/user/unicode-name.ts';
import { carriesName, presets } from '../hub/presets.ts';

/** The names that the config speaks of, by what they look like. */
function lookalikesOf({ map, reserved, allow, deny }: UserConfig): UnicodeRules['lookalikes'] {
  const lookalikes = new Map<string, Set<string>>();
  for (const written of [...map.values(), ...reserved, ...allow.users, ...deny.users]) {
    const name = lowerCaseName(written);
    const looks = skeleton(name);
    lookalikes.set(looks, (lookalikes.get(looks) ?? new Set()).add(name));
  }
  return lookalikes;
}

function unicodeOf(config: Config): UnicodeRules | null {
  if (!config.user.unicode) return null;
  const preset = presets[config.hub.authenticator.preset];
  return { lookalikes: lookalikesOf(config.user), carries: user => carriesName(preset, user) };
}

export function usersOf(config: Config): UserRules {
  const { lowercase, map, pattern, reserved, allow, deny } = config.user;
  const { hubName } = presets[config.hub.authenticator.preset];
  const hubNames = (names: Iterable<string>): Set<string> => new Set(Array.from(names, name => hubName(name).name));
  const lists = (list: typeof allow): UserRules['allow'] => ({
    users: new Set(list.users),
    groups: new Set(list.groups),
  });
  return {
    lowercase,
    map,
    mapTargets: hubNames(map.values()),
    pattern: namePattern(pattern),
    reserved: new Set(reserved.map(name => name.toLowerCase())),
    allow: lists(allow),
    deny: lists(deny),
    deniedHubUsers: hubNames(deny.users),
    hubName,
    unicode: unicodeOf(config),
  };
}
