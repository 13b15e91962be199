/** Text from outside made fit for a line that somebody reads: bounded, and without anything that can not be seen. */

/**
 * Controls, what ends a line or turns its direction in Unicode (CVE-2021-42574), what has no glyph at all, so that one text would look
 * like another, and halves of characters.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;

/** What nearly every text is; asked first, because it is cheaper to ask than the search for what can not be seen. */
const printableAscii = /^[ -~]*$/;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map(unit => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** Each line of the text; what can not be seen in it is written as `\u000d`. */
export function visibleLines(text: string): string {
  return text.replace(invisible, character => (character === '\n' ? character : escaped(character)));
}

/** At most `longest` characters of the text and an ellipsis; what can not be seen is written as `\u000a`. */
export function visibleText(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return printableAscii.test(cut) ? cut : cut.replace(invisible, escaped);
}
