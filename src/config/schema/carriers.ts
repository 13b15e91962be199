/** `jwt[].carriers`: where a token stands in a request; so far only in Authorization. */
import { group, keyOr, keyOrNull, list, NOT_AVAILABLE, type Shape, shaped, text } from '../shape.ts';

const carrier = group({
  header: keyOrNull('Field that carries the token', text('a header name')),
  scheme: keyOrNull('Authentication scheme before the token', text('an authentication scheme')),
  cookie: keyOrNull('Cookie that carries the token', text("a cookie's name")),
  webSocketProtocol: keyOrNull('Prefix of the subprotocol that carries the token', text('a subprotocol prefix')),
});

/** Takes the default alone: a bearer token in Authorization. */
export const carriersShape: Shape<unknown> = keyOr(
  'Where the token stands (others than Authorization: Bearer are not available yet)',
  shaped(list('a list of carriers', carrier, 1), (carriers, report) => {
    carriers.forEach(({ header, scheme, cookie, webSocketProtocol }, index) => {
      const bearer = header?.toLowerCase() === 'authorization' && scheme?.toLowerCase() === 'bearer';
      if (!bearer || cookie !== null || webSocketProtocol !== null || index > 0)
        report(`${NOT_AVAILABLE}, expected { header: Authorization, scheme: Bearer } alone`, index);
    });
    return carriers;
  }),
  [{ header: 'Authorization', scheme: 'Bearer' }],
);
