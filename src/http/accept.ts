/** What kind of answer the client would rather have (RFC 9110 §12.5.1). */
import { listElements, trimOws } from './field.ts';
import { remembering } from './recent-texts.ts';

const qvalue = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.map(trimOws).find(parameter => parameter.toLowerCase().startsWith('q='));
  if (weight === undefined) return 1;
  const digits = weight.slice(2);
  return qvalue.test(digits) ? Number(digits) : 0;
}

function bestWeight(elements: readonly string[], mediaType: string): number {
  let best = 0;
  for (const element of elements) {
    const [range = '', ...parameters] = element.split(';');
    if (trimOws(range).toLowerCase() === mediaType) best = Math.max(best, weightOf(parameters));
  }
  return best;
}

const listPrefersHtml = remembering(
  list => {
    const elements = listElements([list]);
    const html = bestWeight(elements, 'text/html');
    return html > 0 && html >= bestWeight(elements, 'application/json');
  },
  { entries: 512, characters: 64 * 1024 },
);

/** Holds where Accept lists text/html by name, with a weight above 0 and not below application/json's. */
export function prefersHtml(values: readonly string[]): boolean {
  return listPrefersHtml(values.join(','));
}
