/** The recipes of docs/recipes/sign-in-proxies.md, as their readers would paste them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '../../scripts/checkout.ts';

/** One recipe. */
export interface Recipe {
  readonly name: string;
  /** The proxy's half, in its own language. */
  readonly proxy: string;
  /** The gate's half, YAML. */
  readonly gate: string;
}

const page = readFileSync(join(checkoutRoot, 'docs', 'recipes', 'sign-in-proxies.md'), 'utf8');

const block = /^```(?<language>\w+)\n(?<text>.*?)^```$/gms;

function recipeOf(section: string): Recipe {
  const [proxy = '', gate = '', ...more] = Array.from(section.matchAll(block), ({ groups }) => groups?.['text'] ?? '');
  const name = section.slice(0, section.indexOf('\n'));
  if (more.length > 0 || !gate.startsWith('# hubgate: ')) throw new Error(`${name}: not two halves`);
  return { name, proxy, gate };
}

/** All of them, in the order of the page. */
export const recipes: readonly Recipe[] = page.split(/^## /m).slice(1).map(recipeOf);
