/** `exchange`: tokens of the hub for programs that prove who they are by a JWT. */
import type { ExchangeConfig } from '../sections/hub.ts';
import { flag, group, keyOr, list, type Shape, shaped, text } from '../shape.ts';
import { duration } from '../units.ts';

const scopeFault = (scope: string): string | null =>
  /^[!-~]+$/.test(scope) ? null : 'has a character that no scope has';

/** How tokens are exchanged; nothing is without hub.tokenFile. */
export const exchangeShape: Shape<ExchangeConfig> = shaped(
  group({
    admins: keyOr('Admins of the hub get tokens with all their rights', flag(), false),
    createUsers: keyOr('Users that the hub does not know are made', flag(), false),
    scopes: keyOr(
      "Scopes for the hub's API",
      list('a list of scopes of the hub', text('a scope such as read:users!user', scopeFault)),
      [],
    ),
    lifetime: keyOr('How long a token lives at most', duration('10s', '1h'), '5m'),
  }),
  ({ lifetime, ...rules }) => ({ ...rules, lifetimeMs: lifetime }),
);
