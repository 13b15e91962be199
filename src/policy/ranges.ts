/** Texts of CIDRs as the gate compares addresses with them. */
import { type AddressSet, addressSet, parseCidr } from '../http/address.ts';

/** The config's own check has refused what does not parse, so a fault here is ours. */
export function rangesOf(texts: readonly string[]): AddressSet {
  const cidrs = texts.map(text => {
    const parsed = parseCidr(text);
    if (!parsed.ok) throw new TypeError(`unchecked CIDR: ${parsed.fault}`);
    return parsed.cidr;
  });
  return addressSet(cidrs);
}
