/** The form of a hand-off: urlencoded, each field once (URL Standard §5.1). */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { valuesOf } from '../../http/field.ts';
import { queryParameters } from '../../http/query.ts';

/** Bytes that a form may have: a token, and where to go. */
export const mostFormBytes: number = 32 * 1024;

/** What a form says; undefined where a field is absent. */
export interface HandoffForm {
  readonly token: string | undefined;
  readonly next: string | undefined;
}

/** A form without fields. */
const emptyForm: HandoffForm = { token: undefined, next: undefined };

const formType = /^application\/x-www-form-urlencoded[\t ]*(?:;|$)/i;

/** Reads a whole body; of fields beside the two nothing is said. */
export function readForm(body: Uint8Array, { fields }: Pick<InboundRequest, 'fields'>): HandoffForm | Refusal {
  if (body.length === 0) return emptyForm;
  const [type = '', ...more] = valuesOf(fields, 'content-type');
  if (more.length > 0 || !formType.test(type))
    return refuse('handoff-refused', 'the body is no application/x-www-form-urlencoded');
  const parameters = queryParameters(Buffer.from(body).toString('latin1'), '&');
  const named = (name: string): string[] => parameters.filter(each => each.name === name).map(({ value }) => value);
  const [token, ...tokens] = named('token');
  const [next, ...nexts] = named('next');
  if (tokens.length + nexts.length > 0) return refuse('request-ambiguous', 'a field stands twice in the form');
  return { token, next };
}

/** As RFC 6750 §2.1 has it; anything else could be read as more than one credential. */
const bearerForm = /^[A-Za-z0-9._~+/-]+=*$/;

/** The request as if its token stood in Authorization; a refusal where there is none, or another one there. */
export function withToken(inbound: InboundRequest, { token }: HandoffForm): InboundRequest | Refusal {
  const shown = valuesOf(inbound.fields, 'authorization');
  if (token === undefined)
    return shown.length > 0 ? inbound : refuse('credential-missing', 'no field token in the form');
  if (!bearerForm.test(token)) return refuse('token-malformed', 'the field token in the form');
  if (shown.some(value => value.split(' ').at(-1) !== token))
    return refuse('credentials-disagree', 'Authorization and the form name different tokens');
  if (shown.length > 0) return inbound;
  const { method, target, httpVersion, fields, peer } = inbound;
  return { method, target, httpVersion, fields: [...fields, ['Authorization', `Bearer ${token}`]], peer };
}
