/** `${NAME}` in values: environment variables, whose values are never said. */

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const OPENING = '$' + '{';
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

const isOrAre = (names: readonly string[]): string => (names.length === 1 ? 'is' : 'are');

/** Puts environment variables in place of `${NAME}`, or says what is wrong without saying any value. */
export function substitute(written: string, env: Environment): { readonly value: string } | { readonly fault: string } {
  const missing: string[] = [];
  const value = written.replace(VARIABLE, (_, name: string) => {
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (found === undefined) missing.push(name);
    return found ?? '';
  });
  if (missing.length > 0) return { fault: `${missing.join(', ')} ${isOrAre(missing)} not set in the environment` };
  const broken = written.replace(VARIABLE, '').includes(OPENING);
  return broken ? { fault: `has ${OPENING} without a name and a brace, expected ${OPENING}NAME}` } : { value };
}
