/** Who a TLS client is by the certificate that it showed: read once a connection. */
import { createHash, type X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../../gate/stages.ts';
import type { ListenerTls } from '../secure.ts';

/** One name as Node writes it: what could be taken for a separator stands in a JSON string (CVE-2021-44532). */
const oneName = /(?<kind>[A-Za-z][A-Za-z ]*):(?<value>"(?:[^"\\]|\\.)*"|[^",]*)(?:, (?=.)|$)/y;

/** Names that can be matched exactly; of the others, such as directory names, Node gives but a rendering. */
const namedKinds: ReadonlySet<string | undefined> = new Set(['URI', 'DNS', 'email']);

function unquoted(value: string): string | null {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return null;
  }
}

/** Names of a `subjectAltName` text of Node's, typed; none at all where one of them is not read. */
export function subjectAltNamesIn(text: string): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; at = oneName.lastIndex) {
    oneName.lastIndex = at;
    const { kind, value = '' } = oneName.exec(text)?.groups ?? {};
    const name = kind === undefined ? null : unquoted(value);
    if (name === null) return [];
    if (namedKinds.has(kind)) names.push(`${kind}:${kind === 'DNS' ? name.toLowerCase() : name}`);
  }
  return names;
}

/** What a certificate says of who shows it. */
export function peerCertificateOf({ raw, subjectAltName = '' }: X509Certificate): PeerCertificate {
  const thumbprint = createHash('sha256').update(raw).digest('base64url');
  return { thumbprint, subjectAltNames: subjectAltNamesIn(subjectAltName) };
}

/** What a client showed in its handshake: nothing, a certificate that holds, or one that does not, with the fault's code. */
export type ShownCertificate = { readonly certificate: PeerCertificate | null } | { readonly fault: string };

/** Of a session that is taken up again OpenSSL says what it found when that began: the certificate may have ended since. */
function hasEnded({ validToDate }: X509Certificate): boolean {
  return Date.now() > validToDate.getTime();
}

/** Of a client whose handshake is over. One that is shown must hold, also where none needs to be shown. */
export function shownCertificate(socket: TLSSocket, asked: ListenerTls['clientCertificate']): ShownCertificate {
  if (asked === 'none') return { certificate: null };
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined && asked === 'request') return { certificate: null };
  if (certificate === undefined || !socket.authorized) return { fault: String(socket.authorizationError) };
  return hasEnded(certificate) ? { fault: 'CERT_HAS_EXPIRED' } : { certificate: peerCertificateOf(certificate) };
}
