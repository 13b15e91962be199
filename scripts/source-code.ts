/** Reads TypeScript as text: what a file imports, and its code without comments and strings. */

/** One import or re-export, type-only ones included. */
export type Import = {
  readonly specifier: string;
  /** What is taken from it, under the module's own names; `null` when it is the whole module. */
  readonly names: readonly string[] | null;
};

/** Comments, quoted strings, templates and regular expressions: the parts of a file that are not code by themselves. */
const notCode =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[(,=:[!&|?{};+\-*%<>~^]|\breturn|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

const fromStatement = /^\s*(?:import|export)\b([^;'"]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const wholeModule = /^\s*import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/gm;

/** What the file imports, in no particular order. */
export function importsOf(text: string): Import[] {
  const code = text.replace(notCode, token => (/^(?:\/[/*]|`)/.test(token) ? '' : token));
  return [
    ...[...code.matchAll(fromStatement)].map(([, clause = '', specifier = '']) => ({
      specifier,
      names: namesIn(clause),
    })),
    ...[...code.matchAll(wholeModule)].map(([, plain, dynamic]) => ({
      specifier: plain ?? dynamic ?? '',
      names: null,
    })),
  ];
}

/** `{ a, type b as c }` takes a and b; a default or a namespace is the whole module. */
function namesIn(clause: string): string[] | null {
  const braces = /^\s*(?:type\s*)?\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (braces === undefined) return null;
  return [...braces.matchAll(/(?:^|,)\s*(?:type\s+)?(\w+)/g)].map(([, name = '']) => name);
}

/** The code with comments and regular expressions taken out and strings emptied; expressions inside templates stay. */
export function codeOf(text: string): string {
  return text.replace(notCode, token => {
    if (token.startsWith('`'))
      return [...token.matchAll(/\$\{([^}]*)\}/g)].map(match => `(${match[1]})`).join('') || "''";
    return token.startsWith('/') ? ' ' : "''";
  });
}
