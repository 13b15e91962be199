/** The schema as JSON Schema, for editors. */
import type { Path } from './problems.ts';
import { configShape } from './schema.ts';
import { jsonSchemaOf } from './shape.ts';

/** JSON Schema 2020-12 of the config file; what needs a look at two keys at once is left to the loader. */
export function configJsonSchema(): object {
  return { title: 'hubgate config file', ...jsonSchemaOf(configShape) };
}

function member(schema: unknown, name: string): unknown {
  return typeof schema === 'object' && schema !== null && Object.hasOwn(schema, name)
    ? Reflect.get(schema, name)
    : undefined;
}

/** Made once: a config may have any number of unknown keys. */
let known: object | undefined;

/** The keys that the schema knows in the map at `path`. */
export function knownKeys(path: Path): string[] {
  known ??= configJsonSchema();
  let schema: unknown = known;
  for (const part of path) {
    const named = typeof part === 'number' ? undefined : member(member(schema, 'properties'), part);
    schema = typeof part === 'number' ? member(schema, 'items') : (named ?? member(schema, 'additionalProperties'));
  }
  const properties = member(schema, 'properties');
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}
