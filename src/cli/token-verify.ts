/** `hubgate token verify`: sends a token through the gate's own decision, and tells each check in order. */
import { X509Certificate } from 'node:crypto';
import type { InForce } from '../doors/judge.ts';
import type { PeerCertificate } from '../gate/stages.ts';
import { readHttpUri } from '../http/http-uri.ts';
import { visibleText } from '../http/visible-text.ts';
import { bindingOf } from '../identity/holders/token-binding.ts';
import { withoutHolders } from '../identity/holders/token-holder.ts';
import { peerCertificateOf } from '../wire/downstream/client-certificate.ts';
import { exitCodes } from './exit-codes.ts';
import { meantToken } from './explain/facts/meant-token.ts';
import { placesWith } from './explain/facts/told.ts';
import { travel } from './explain/journey.ts';
import { type OpenedGate, openGate } from './explain/open-gate.ts';
import type { ProcessIo } from './process-io.ts';
import { parseTime, timeExpected } from './readable-time.ts';
import { sayUsage } from './said.ts';
import { readNamedFile, readToken } from './token-text.ts';
import { isTaken, linesOf, type Verified } from './verify/report.ts';
import { type HolderShown, requestShowing } from './verify/shown-request.ts';

/** What the command line says. */
export interface VerifyOptions {
  readonly config: string;
  /** `-` or absent: the standard input. */
  readonly token?: string | undefined;
  readonly now?: string | undefined;
  /** A file, PEM or DER. */
  readonly clientCertificate?: string | undefined;
  /** A DPoP proof. */
  readonly dpop?: string | undefined;
  /** What the DPoP proof is shown for. */
  readonly url?: string | undefined;
  readonly method?: string | undefined;
}

async function certificateIn(file: string): Promise<PeerCertificate | null> {
  try {
    return peerCertificateOf(new X509Certificate(await readNamedFile(file)));
  } catch {
    return null;
  }
}

const methodForm = /^[A-Za-z-]{1,32}$/;

/** What is shown of the holder, or what is wrong with the command line. */
async function holderOf({
  clientCertificate,
  dpop,
  url,
  method,
}: VerifyOptions): Promise<HolderShown | { readonly misuse: string }> {
  if (dpop === undefined && (url !== undefined || method !== undefined))
    return { misuse: '--url and --method say what a DPoP proof is for: they go with --dpop' };
  const certificate = clientCertificate === undefined ? undefined : await certificateIn(clientCertificate);
  if (certificate === null) return { misuse: '--client-certificate takes a file with a certificate, PEM or DER' };
  const target = url === undefined ? undefined : readHttpUri(url);
  if (target === null) return { misuse: '--url takes an absolute URL of http or https' };
  if (method !== undefined && !methodForm.test(method)) return { misuse: '--method takes a method, such as POST' };
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(dpop === undefined ? {} : { dpop }),
    ...(target === undefined ? {} : { url: target }),
    ...(method === undefined ? {} : { method }),
  };
}

/** Parts of a signed token and of an encrypted one, which no endpoint is asked about. */
const partsOfJwts: ReadonlySet<number> = new Set([3, 5]);

/** The gate's policy, but for who holds the token. */
function assumingHolder({ policy, findOut }: InForce): InForce {
  return { policy: { ...policy, provers: withoutHolders(policy.provers) }, findOut };
}

async function verify(text: string, holder: HolderShown, gate: OpenedGate, now: number): Promise<Verified> {
  const { config, inForce, whereIs } = gate;
  const meant = meantToken(text, config);
  const binding = meant === null ? undefined : bindingOf(meant.token.claims, text, 0);
  const shown = binding?.by === 'key' ? holder.dpop : holder.certificate;
  const holderAssumed = binding !== undefined && shown === undefined;
  const wish = { ...holder, token: text, entry: meant?.entry ?? -1, binding };
  const request = requestShowing(wish, config, inForce.policy);
  const journey = await travel(request, holderAssumed ? assumingHolder(inForce) : inForce, now);
  const told = { journey, config, now, keys: gate.keys(), placeOf: placesWith(whereIs) };
  const isOpaque = config.introspection.length > 0 && !partsOfJwts.has(text.split('.').length);
  return { text, meant, isOpaque, binding, holderAssumed, told };
}

/** Ends fine where the gate takes the token, and failed where it refuses it or its holder was not shown. */
export async function runTokenVerify(options: VerifyOptions, io: ProcessIo): Promise<number> {
  const now = options.now === undefined ? Date.now() : parseTime(options.now);
  if (now === null) return sayUsage(io, `--now: ${timeExpected}`);
  const holder = await holderOf(options);
  if ('misuse' in holder) return sayUsage(io, holder.misuse);
  const gate = await openGate(options.config, io);
  if (gate === null) return exitCodes.badConfig;
  try {
    const { jwt, introspection } = gate.config;
    if (jwt.length + introspection.length === 0)
      return sayUsage(io, 'the config has no jwt and no introspection entry, so no token is taken');
    const verified = await verify(await readToken(options.token, io), holder, gate, now);
    for (const line of linesOf(verified)) io.stdout.write(`${visibleText(line, Number.POSITIVE_INFINITY)}\n`);
    return isTaken(verified) ? exitCodes.fine : exitCodes.failed;
  } finally {
    await gate.close();
  }
}
