/** What a name looks like: UTS 39 §4, so that two names of one skeleton are taken for each other. */
import { confusables } from './unicode-tables.ts';

function textOf(hexCodePoints: string): string {
  return String.fromCodePoint(...hexCodePoints.split('+').map(hex => Number.parseInt(hex, 16)));
}

function readConfusables(): Map<string, string> {
  const groups = confusables.trim().split(/\s+/);
  return new Map(
    groups.flatMap(group => {
      const [prototype = '', lookalikes = ''] = group.split(':');
      return lookalikes.split(',').map((one): [string, string] => [textOf(one), textOf(prototype)]);
    }),
  );
}

/** Read on first use: most gates never meet a name beyond ASCII. */
let prototypes: ReadonlyMap<string, string> | undefined;

/** The skeleton of a name: printable ASCII, or as `unicodeName` takes it. For comparing alone, it is no name itself. */
export function skeleton(name: string): string {
  prototypes ??= readConfusables();
  let text = '';
  for (const character of name.normalize('NFD')) text += prototypes.get(character) ?? character;
  return text.normalize('NFD');
}
