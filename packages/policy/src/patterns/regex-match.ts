import { readLinearRegex } from './linear-regex.js';
import type { Pattern, ReadPattern } from './pattern.js';
import { checkLength } from './pattern-length.js';

/** A regular expression of JavaScript without flags, which may match anywhere in the text. */
export const readRegexMatch: ReadPattern = (pattern): Pattern => {
  checkLength(pattern);
  return readLinearRegex(pattern, pattern);
};
