import { PatternError } from './pattern.js';
import { quotePattern } from './quote-pattern.js';

/** In UTF-16 code units. What takes time in proportion to text and pattern stays linear in the text by this. */
export const maxPatternLength = 512;

/** @throws {PatternError} if the pattern is too long for a function that is more than a comparison */
export function checkLength(pattern: string): void {
  if (pattern.length <= maxPatternLength) return;
  throw new PatternError(
    `the pattern ${quotePattern(pattern)} has ${pattern.length} characters, more than ${maxPatternLength}`,
    'Write several rules with shorter patterns.',
  );
}
