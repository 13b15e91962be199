/** `hubgate schema`: the JSON Schema of the config file, for editors. */
import { configJsonSchema } from '../config/json-schema.ts';
import { exitCodes } from './exit-codes.ts';
import type { ProcessIo } from './process-io.ts';

/** Prints the schema. */
export function printSchema(io: ProcessIo): number {
  io.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return exitCodes.fine;
}
