/** The form of what the gate itself answers. */
import type { FieldLine } from '../../http/field.ts';
import { ownFields } from '../own-fields.ts';

/** An answer but for Date and Connection, which are the door's. */
export interface OwnAnswer {
  readonly status: number;
  readonly fields: readonly FieldLine[];
  readonly body: string;
}

/** An answer that no cache keeps. */
export function answer(status: number, fields: readonly FieldLine[], body = ''): OwnAnswer {
  const length: FieldLine = ['Content-Length', String(Buffer.byteLength(body))];
  return { status, fields: [...fields, ...(status === 204 ? [] : [length]), ...ownFields], body };
}

/** An answer that leads elsewhere. */
export function redirect(status: 302 | 303, location: string, fields: readonly FieldLine[] = []): OwnAnswer {
  return answer(status, [['Location', location], ...fields]);
}

/** To a neighbour's frame the browser sends its cookies along (SameSite is of sites), and this has a user's name in it. */
const unframed: FieldLine = ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"];

/** An answer for programs. */
export function json(value: object, fields: readonly FieldLine[] = []): OwnAnswer {
  return answer(200, [['Content-Type', 'application/json'], unframed, ...fields], `${JSON.stringify(value)}\n`);
}
