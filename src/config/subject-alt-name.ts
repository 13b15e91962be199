/** A name in a certificate, as the config writes it: with its kind in front, or recognised by its look. */
import { isIP } from 'node:net';
import { type Shape, shaped, text } from './shape.ts';

const kinds = [
  { kind: 'DNS', look: /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i },
  { kind: 'email', look: /^[\x21-\x3f\x41-\x7e]+@[a-z0-9.-]+$/i },
  { kind: 'URI', look: /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i },
] as const;

/** The kind that is written in front, if one is. */
const spelledOut = /^(?<kind>DNS|email|URI):(?<name>.*)$/s;

/** The name with its kind in front, DNS names in lower case; null where it is none. */
function typed(written: string): string | null {
  const { kind: said, name = written } = spelledOut.exec(written)?.groups ?? {};
  const found = kinds.find(({ kind, look }) => (said === undefined || kind === said) && look.test(name));
  if (found === undefined || (found.kind === 'DNS' && isIP(name) !== 0)) return null;
  return `${found.kind}:${found.kind === 'DNS' ? name.toLowerCase() : name}`;
}

/** Reads as `URI:…`, `DNS:…` or `email:…`; matched whole, so that there are no wildcards. */
export function subjectAltName(): Shape<string> {
  const fault = (written: string): string | null => (typed(written) === null ? 'is no name of these kinds' : null);
  const expected = 'a URI such as spiffe://lab/oauth2-proxy, a DNS name without wildcard, or an e-mail address';
  return shaped(text(expected, fault), written => typed(written) ?? written);
}
