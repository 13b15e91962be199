/** `jwt[].carriers`: where a token stands in a request. */

import { carrierCookie, carrierHeader, protocolPrefix, tokenScheme } from '../carrier-names.ts';
import type { CarrierConfig } from '../sections/jwt.ts';
import { group, keyOr, keyOrNull, list, type Read, type Report, type Shape, shaped } from '../shape.ts';

const fields = group({
  header: keyOrNull(
    'Field that carries the token; Authorization, or one that only a trusted proxy writes',
    carrierHeader(),
  ),
  scheme: keyOrNull('Authentication scheme before the token', tokenScheme()),
  cookie: keyOrNull('Cookie that carries the token', carrierCookie()),
  webSocketProtocol: keyOrNull(
    'What stands before the token in a WebSocket subprotocol, without the dot',
    protocolPrefix(),
  ),
});
type Written = Read<typeof fields>;

const ONE = 'expected one of header, cookie, webSocketProtocol';

function checkScheme({ header, scheme }: Written, report: Report): void {
  if (header === null && scheme !== null) report('stands beside no header, expected it with header alone', 'scheme');
  if (header?.toLowerCase() === 'authorization' && scheme === null)
    report('has no scheme, expected one such as Bearer with Authorization');
}

/** The kinds that were written, in the order of the schema. */
function writtenIn({ header, scheme, cookie, webSocketProtocol }: Written): CarrierConfig[] {
  const kinds: CarrierConfig[] = [];
  if (header !== null) kinds.push({ kind: 'header', header, scheme });
  if (cookie !== null) kinds.push({ kind: 'cookie', cookie });
  if (webSocketProtocol !== null) kinds.push({ kind: 'webSocketProtocol', prefix: webSocketProtocol });
  return kinds;
}

const carrierShape: Shape<CarrierConfig> = shaped(fields, (written, report) => {
  checkScheme(written, report);
  const [first, second] = writtenIn(written);
  if (second !== undefined) report(`stands beside ${first?.kind}, ${ONE}`, second.kind);
  if (first === undefined) report(`names no carrier, ${ONE}`);
  return first ?? { kind: 'header', header: '', scheme: null };
});

/** Two carriers of one entry that are the same place are a slip. */
function placeOf(carrier: CarrierConfig): string {
  if (carrier.kind === 'cookie') return `cookie ${carrier.cookie}`;
  if (carrier.kind === 'webSocketProtocol') return `protocol ${carrier.prefix}`;
  return `header ${carrier.header} ${carrier.scheme ?? ''}`.toLowerCase();
}

/** One carrier or more; a bearer token in Authorization where none is written. */
export const carriersShape: Shape<CarrierConfig[]> = keyOr(
  'Where the token stands; two carriers of one request must carry the same token',
  shaped(list('a list with one carrier or more', carrierShape, 1), (carriers, report) => {
    const places = carriers.map(placeOf);
    places.forEach((place, index) => {
      if (places.indexOf(place) < index) report('is an earlier carrier too, expected it once', index);
    });
    return carriers;
  }),
  [{ header: 'Authorization', scheme: 'Bearer' }],
);
