/** The rules that look across keys, as a list. */
import { dataAsserted, extraHeadersFree, injectedOnce } from './headers.ts';
import { separateNames, singleIssuers, singleSsoNames, someProver } from './provers.ts';
import { addressesOnce, customInjects, mountEncrypted, ssoTrusted } from './reach.ts';
import type { Rule } from './rule.ts';

/** Each looks at what could be read; the order does not matter. */
export const RULES: readonly Rule[] = [
  someProver,
  separateNames,
  singleIssuers,
  singleSsoNames,
  injectedOnce,
  extraHeadersFree,
  dataAsserted,
  ssoTrusted,
  addressesOnce,
  mountEncrypted,
  customInjects,
];
