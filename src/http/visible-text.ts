/** Text from outside made fit for a line that somebody reads: bounded, and without anything that a terminal obeys. */

/** C0, DEL, C1, and what ends a line or turns its direction in Unicode (CVE-2021-42574). */
const invisible = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What nearly every text is; asked first, because it is cheaper to ask than the search for what can not be seen. */
const printableAscii = /^[ -~]*$/;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** At most `longest` characters of the text and an ellipsis; what can not be seen is written as `\u000a`. */
export function visibleText(text: string, longest: number): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return printableAscii.test(cut) ? cut : cut.replace(invisible, escaped);
}
