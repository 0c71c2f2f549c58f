/** Control characters and line separators: in an identifier they hide, and in a log or terminal they lie. */
const control = /[\p{Cc}\u2028\u2029]/u;

/** What turns the reading direction around: `exe.gpj` would look like another file. */
const directing = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

// What shows nothing: names with and without it could not be told apart. U+2800 is a blank that is no space by its category.
const invisible = /[\p{Default_Ignorable_Code_Point}\u2800]/u;

const unprintable = new RegExp([control, directing, invisible].map(({ source }) => source).join('|'), 'gu');

/** True for what people write, also in scripts and signs that need joiners: no control character, no lone surrogate. */
export function isFreeOfControls(text: string): boolean {
  return !control.test(text) && text.isWellFormed();
}

/** Whether a text can turn the reading direction of what stands beside it. */
export function isDirecting(text: string): boolean {
  return directing.test(text);
}

/** Whether a character of a text shows nothing. */
export function hasInvisible(text: string): boolean {
  return invisible.test(text);
}

/**
 * True for text that may stand in an identifier, a log line or a terminal: it is what it looks like. No control character, no lone
 * surrogate, nothing that turns the direction, nothing that shows nothing.
 */
export function isPrintable(text: string): boolean {
  return isFreeOfControls(text) && !isDirecting(text) && !hasInvisible(text);
}

/** The text with a question mark for every character that must not reach a log or a terminal. */
export function toPrintable(text: string): string {
  return text.toWellFormed().replace(unprintable, '?');
}
