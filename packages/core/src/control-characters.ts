/** Control characters and line separators: in an identifier they hide, and in a log or terminal they lie. */
const control = /[\p{Cc}\u2028\u2029]/u;

/** True for text that may stand in an identifier, a log line or a terminal: no control character, no lone surrogate. */
export function isPrintable(text: string): boolean {
  return !control.test(text) && text.isWellFormed();
}

/** The text with a question mark for every character that must not reach a log or a terminal. */
export function toPrintable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}
