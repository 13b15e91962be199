/** The Authorization field where it carries one opaque token (RFC 9110 §11.6.2). */
import { remembering } from './recent-texts.ts';

/** A scheme and its credentials. */
export interface Authorization {
  /** Lower-case. */
  readonly scheme: string;
  /** Visible ASCII without comma, at least one character; as it stands. */
  readonly credentials: string;
}

const schemeAndCredentials = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x2b\x2d-\x7e]+)$/;

function parse(value: string): Authorization | null {
  const [, scheme, credentials] = schemeAndCredentials.exec(value) ?? [];
  return scheme === undefined || credentials === undefined ? null : { scheme: scheme.toLowerCase(), credentials };
}

/** Null for anything but `scheme SP credentials`: two spaces, a joined second value, a scheme alone (J13). */
export const parseAuthorization: (value: string) => Authorization | null = remembering(parse, {
  entries: 8192,
  characters: 8 * 1024 * 1024,
});
