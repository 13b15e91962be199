/** Proves that a peer does its job before its speed is looked at. */
import { type Answer, oneRequest } from './clients/one-request.ts';
import { pageBytes, shownPath } from './lab/backend.ts';
import { withBadSignature } from './lab/issuer.ts';
import { type FieldLines, fieldLines, pagePath } from './lab/requests.ts';
import type { Peer } from './peers/peer.ts';

/** One thing that was tried. */
export type Proof = { readonly what: string; readonly held: boolean; readonly seen: string };

/** Where a peer listens, a good token with its user, and whether pages are behind it. */
export type Proving = {
  readonly port: number;
  readonly token: string;
  readonly user: string;
  readonly hasPages: boolean;
};

/** Tries all that the peer says it does. */
export async function prove({ does }: Pick<Peer, 'does'>, proving: Proving): Promise<Proof[]> {
  const proofs = proving.hasPages ? [await answersPage(proving)] : [];
  if (does !== 'nothing') proofs.push(...(await showsIdentity(does, proving)));
  if (does === 'everything') proofs.push(await refusesForgery(proving));
  return proofs;
}

async function answersPage({ port, token }: Proving): Promise<Proof> {
  const { status, body } = await oneRequest(port, pagePath, fieldLines(token));
  const held = status === 200 && body.length === pageBytes;
  return { what: 'a good token gets the whole answer', held, seen: `${status}, ${body.length} bytes` };
}

async function showsIdentity(does: Peer['does'], { port, token, user }: Proving): Promise<Proof[]> {
  const answer = await oneRequest(port, shownPath, fieldLines(token));
  const identity = linesAtBackend(answer).filter(([name]) => /^(?:remote-user|mount)$/.test(folded(name)));
  const seen = `${answer.status}, ${identity.map(line => line.join(': ')).join(' | ') || 'no identity field'}`;
  const canonical = identity.filter(([name, value]) => name.toLowerCase() === 'remote-user' && value === user);
  const spoofed = identity.filter(line => !canonical.includes(line));
  const gone: Proof = { what: 'spoofed fields are gone', held: answer.status === 200 && spoofed.length === 0, seen };
  if (does === 'headers') return [{ ...gone, held: gone.held && canonical.length === 0 }];
  return [{ what: 'the canonical header is at the backend once', held: canonical.length === 1, seen }, gone];
}

async function refusesForgery({ port, token }: Proving): Promise<Proof> {
  const { status } = await oneRequest(port, pagePath, fieldLines(withBadSignature(token)));
  return { what: 'a bad signature is refused', held: status === 401 || status === 403, seen: String(status) };
}

function linesAtBackend({ status, body }: Answer): FieldLines {
  if (status !== 200) return [];
  const { fields } = JSON.parse(body.toString()) as { fields: readonly string[] };
  return fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? ''] as const] : []));
}

/** As a CGI or WSGI server reads a name (RFC 3875 §4.1.18). */
function folded(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
