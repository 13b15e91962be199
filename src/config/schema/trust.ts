/** `trust`: whose word counts. */

import { cidr } from '../formats.ts';
import type { TrustConfig } from '../sections/trust.ts';
import { choice, flag, group, key, keyOr, list, type Shape } from '../shape.ts';

/** Which peers are trusted, and what is believed of them. */
export const trustShape: Shape<TrustConfig> = group({
  proxies: key('CIDRs of the peers that may talk to the gate', list('a list of CIDRs', cidr())),
  others: keyOr(
    'Other peers: refuse, or bearerOnly (a token in Authorization, nothing else)',
    choice(['refuse', 'bearerOnly']),
    'refuse',
  ),
  clientAddress: keyOr(
    'Where the client address stands',
    choice(['X-Forwarded-For', 'Forwarded', 'peer']),
    'X-Forwarded-For',
  ),
  unixPeers: keyOr('Whoever may open the Unix socket is a trusted proxy', flag(), false),
});
