/** `revocation`: tokens that no longer count. */

import { filePath } from '../formats.ts';
import type { RevocationConfig } from '../sections/introspection.ts';
import { group, keyOr, literalOr, type Shape } from '../shape.ts';

/** Where the list is. */
export const revocationShape: Shape<RevocationConfig> = group({
  file: keyOr(
    'A list of jti and sub, one a line, read again when it changes; empty: none',
    literalOr('', null, filePath()),
    '',
  ),
});
