/** The request that shows a token to the gate: in a carrier of its issuer's, with what its holder has to show besides. */

import type { Config } from '../../config/config.ts';
import type { CarrierConfig } from '../../config/sections/jwt.ts';
import { classify } from '../../gate/place.ts';
import type { Policy } from '../../gate/policy.ts';
import type { Binding } from '../../gate/proof.ts';
import type { InboundRequest, Peer, PeerCertificate } from '../../gate/stages.ts';
import { parseAddress } from '../../http/address.ts';
import type { FieldLine } from '../../http/field.ts';
import { type HttpUri, readHttpUri } from '../../http/http-uri.ts';
import { readDpopProof } from '../../identity/holders/dpop-proof.ts';
import { bearerInAuthorization, carrierId } from '../../identity/tokens/token-carriers.ts';
import { usualPeer } from '../explain/request-source.ts';

/** What the command line gives of the holder. */
export interface HolderShown {
  readonly certificate?: PeerCertificate;
  /** The text of a DPoP field. */
  readonly dpop?: string;
  /** The request that the DPoP proof is for; absent: the one that it names. */
  readonly url?: HttpUri;
  readonly method?: string;
}

/** What is shown. */
export interface ShowWish extends HolderShown {
  readonly token: string;
  /** Place in `jwt` of the token's entry; -1 where there is none. */
  readonly entry: number;
  /** What its holder must show. */
  readonly binding: Binding | undefined;
}

/** Authorization where it may stand there, else the first one that is listed. */
export function carrierOf(entry: number, { jwt }: Config): CarrierConfig {
  const listed = jwt[entry]?.carriers ?? jwt.flatMap(({ carriers }) => carriers);
  const usual = listed.find(each => carrierId(each) === bearerInAuthorization);
  return usual ?? listed[0] ?? { kind: 'header', header: 'Authorization', scheme: 'Bearer' };
}

/** The protocol that the hub is to choose is JupyterLab's. */
function handshake(prefix: string, token: string): FieldLine[] {
  const carried = `${prefix}.${Buffer.from(token, 'latin1').toString('base64url')}`;
  return [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Protocol', `${carried}, v1.kernel.websocket.jupyter.org`],
  ];
}

function carrying(carrier: CarrierConfig, token: string, binding: Binding | undefined): FieldLine[] {
  if (carrier.kind === 'cookie') return [['Cookie', `${carrier.cookie}=${token}`]];
  if (carrier.kind === 'webSocketProtocol') return handshake(carrier.prefix, token);
  const { header, scheme } = carrier;
  const isBearer = carrierId(carrier) === bearerInAuthorization;
  const shown = isBearer && binding?.by === 'key' ? 'DPoP' : scheme;
  return [[header, shown === null ? token : `${shown} ${token}`]];
}

/** A path that asks for a proof, whatever `public` names; WebSockets are servers' and services'. */
function askedPath(carrier: CarrierConfig, { hub }: Config, { places }: Policy): string {
  const usual = carrier.kind === 'webSocketProtocol' ? [] : ['hub/home'];
  const paths = [...usual, 'user/x/', 'services/x/', ''].map(path => `${hub.baseUrl}${path}`);
  return paths.find(path => classify(path, places)?.public === false) ?? hub.baseUrl;
}

function peerOf(config: Config, certificate: PeerCertificate | undefined): Peer {
  const address = parseAddress(usualPeer(config));
  const peer: Peer = address === null ? { kind: 'unix' } : { kind: 'ip', address };
  return certificate === undefined ? peer : { ...peer, certificate };
}

/** The method and URL that a proof says it is made for. */
function madeFor(dpop: string): { readonly method?: string; readonly url?: HttpUri } {
  const proof = readDpopProof(dpop);
  const url = 'fault' in proof ? null : readHttpUri(`${proof.htu.scheme}://${proof.htu.authority}${proof.htu.path}`);
  return 'fault' in proof || url === null ? {} : { method: proof.htm, url };
}

/** A proof for no host of this gate's was made for another URL than the one that is asked for. */
function hostOf(named: HttpUri | undefined, ofProof: HttpUri | undefined, { hosts, publicHost }: Policy): string {
  if (named !== undefined) return named.authority;
  const isOurs = ofProof !== undefined && hosts !== 'any' && hosts.has(ofProof.authority);
  return isOurs ? ofProof.authority : publicHost;
}

/** As a client would bring it, by way of a trusted proxy. */
export function requestShowing(wish: ShowWish, config: Config, policy: Policy): InboundRequest {
  const { token, entry, binding, certificate, dpop } = wish;
  const ofProof = dpop === undefined ? {} : madeFor(dpop);
  const { method = 'GET', url } = { ...ofProof, ...wish };
  const carrier = carrierOf(entry, config);
  return {
    method,
    target: url?.path ?? askedPath(carrier, config, policy),
    httpVersion: '1.1',
    fields: [
      ['Host', hostOf(wish.url, ofProof.url, policy)],
      ...carrying(carrier, token, binding),
      ...(dpop === undefined ? [] : [['DPoP', dpop] as const]),
    ],
    peer: peerOf(config, certificate),
  };
}
