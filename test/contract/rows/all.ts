/** Every row of the contract. */
import type { RequestRow } from '../row.ts';
import { carrierRows } from './carriers.ts';
import { cookieRows } from './cookies.ts';
import { credentialRows } from './credentials.ts';
import { exchangeRows } from './exchange.ts';
import { expressionRows } from './expressions.ts';
import { fieldRows } from './fields.ts';
import { framingRows } from './framing.ts';
import { injectionRows } from './injections.ts';
import { pathRows } from './paths.ts';
import { peerRows } from './peers.ts';
import { presetRows } from './presets.ts';
import { proxiedRows } from './proxied.ts';
import { serverRows } from './servers.ts';
import { sessionRows } from './sessions.ts';
import { spellingRows } from './spellings.ts';
import { errandRows, tagRows } from './tags.ts';
import { unicodeNameRows } from './unicode-names.ts';
import { upgradeRows } from './upgrades.ts';
import { userHostRows } from './user-hosts.ts';
import { workaroundRows } from './workarounds.ts';

/** Requests by family. */
export const requestFamilies: Readonly<Record<string, readonly RequestRow[]>> = {
  spellings: spellingRows,
  fields: fieldRows,
  paths: pathRows,
  framing: framingRows,
  peers: peerRows,
  proxied: proxiedRows,
  credentials: credentialRows,
  carriers: carrierRows,
  sessions: sessionRows,
  injections: injectionRows,
  expressions: expressionRows,
  unicodeNames: unicodeNameRows,
  cookies: cookieRows,
  tags: tagRows,
  errands: errandRows,
  upgrades: upgradeRows,
  userHosts: userHostRows,
  presets: presetRows,
  servers: serverRows,
  exchange: exchangeRows,
  workarounds: workaroundRows,
};
