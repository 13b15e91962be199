/** A data header's value, as the hub's plugin reads it. */
import { type Refusal, refuse } from '../gate/reasons.ts';
import { isUnkeptFieldValue } from '../http/field.ts';
import { asciiJson, pythonLiteral } from './python-literal.ts';

/** How a preset's plugin reads data headers. */
export type DataEncoding =
  /** Texts as they are, anything else as JSON: what a parser that the hub's operator chooses makes of it. */
  | 'plain'
  /** All of it by Python's `ast.literal_eval`, texts in their quotes. */
  | 'python';

/** Text as latin1, which is how Tornado reads it; anything else as ASCII JSON. */
function plainText(value: unknown): string | null {
  const text = typeof value === 'string' ? value : asciiJson(value);
  return isUnkeptFieldValue(text) && !/[\x80-\x9f]/.test(text) && text === text.trim() ? text : null;
}

/** The value for `header`; null leaves it out, as what is absent does. */
export function dataText(value: unknown, header: string, encoding: DataEncoding): string | null | Refusal {
  if (value === undefined || value === null) return null;
  const text = encoding === 'python' ? pythonLiteral(value) : plainText(value);
  return text ?? refuse('data-invalid', `the value for ${header} does not fit a header`);
}
