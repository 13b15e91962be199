/** The rules that look across keys, as a list. */
import { loginTokenMinted, mintedEncrypted } from './exchange.ts';
import { absentHasLocalKeys, balancerAlgorithm, discoveryFound, issuerReached } from './fetched-keys.ts';
import {
  carriersApart,
  dataAsserted,
  extraHeadersFree,
  groupsAsserted,
  injectedOnce,
  secretsApart,
} from './headers.ts';
import { namesMet } from './names.ts';
import { separateNames, singleIssuers, singleSsoNames, someProver } from './provers.ts';
import { addressesOnce, adminGuarded, customInjects, mountEncrypted, noLoop, serversLed } from './reach.ts';
import type { Rule } from './rule.ts';
import {
  cookieEncrypted,
  embeddedSafely,
  handedOverByToken,
  handedOverFromOutside,
  mountNotInCookie,
  userHostsApart,
} from './sessions.ts';
import { algorithmsFit, audiencesSaid, emailVerified } from './tokens.ts';
import { certificatesAsked, factorsAgree, notEverybody, ssoAlone, ssoTrusted } from './trusted.ts';

/** Each looks at what could be read; the order does not matter. */
export const RULES: readonly Rule[] = [
  someProver,
  separateNames,
  singleIssuers,
  singleSsoNames,
  audiencesSaid,
  algorithmsFit,
  absentHasLocalKeys,
  discoveryFound,
  issuerReached,
  balancerAlgorithm,
  emailVerified,
  injectedOnce,
  extraHeadersFree,
  carriersApart,
  secretsApart,
  dataAsserted,
  groupsAsserted,
  notEverybody,
  ssoTrusted,
  ssoAlone,
  factorsAgree,
  certificatesAsked,
  addressesOnce,
  noLoop,
  serversLed,
  adminGuarded,
  mountEncrypted,
  mintedEncrypted,
  loginTokenMinted,
  customInjects,
  namesMet,
  handedOverFromOutside,
  cookieEncrypted,
  embeddedSafely,
  mountNotInCookie,
  handedOverByToken,
  userHostsApart,
];
