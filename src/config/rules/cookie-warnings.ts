/** What is allowed of browsers, but leaves the hub's cookies bound to nobody. */

import type { Config } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { CarrierConfig } from '../sections/jwt.ts';

/** Whoever makes the request writes these two; all others a proxy in front or the browser adds by itself. */
const isShownByMaker = (carrier: CarrierConfig): boolean =>
  carrier.kind === 'webSocketProtocol' ||
  (carrier.kind === 'header' && carrier.header.toLowerCase() === 'authorization');

/** The hub believes its own cookie before any header, so of two users of one browser the first stays logged in there. */
export function cookiesUnbound({ session, sso, jwt }: Config): Finding[] {
  if (session !== null) return [];
  const message =
    "is for browsers, and without session the hub's cookies are bound to nobody: to the hub, who comes next in a browser is who was there before; expected session.keyFiles beside it";
  const carried = jwt.flatMap(({ carriers }, index) =>
    carriers.every(isShownByMaker) ? [] : [{ path: ['jwt', index, 'carriers'], message }],
  );
  return sso.length > 0 ? [{ path: ['sso'], message }, ...carried] : carried;
}
