import { capturedNames } from './name-syntax.js';
import { patternOfPlainPath, readPlain, readRegexPath } from './path-pattern.js';
import { type Pattern, PatternError, type ReadPattern } from './pattern.js';
import { hasStarInside, type PlainPath, prefixOfPlainPath, valuesInPlainPath } from './plain-path.js';
import { quotePattern } from './quote-pattern.js';

/** As keyMatch3; and where a name is there more than once, it stands for the same text each time. */
export const readKeyMatch4: ReadPattern = (pattern) => {
  const names = pattern.match(/\{[^{}]*\}/g) ?? [];
  const path = readPlain(pattern, capturedNames);
  const isRepeated = new Set(names).size < names.length;
  if (isRepeated && (path === undefined || hasStarInside(path))) throw ambiguous(pattern);
  if (path === undefined) return readWithRegex(pattern, names);
  return isRepeated ? patternOfRepeated(path, names) : patternOfPlainPath(path);
};

function patternOfRepeated(path: PlainPath, names: readonly string[]): Pattern {
  const firsts = names.map((name) => names.indexOf(name));
  return {
    prefix: prefixOfPlainPath(path),
    matches(text) {
      const values = valuesInPlainPath(path, text);
      return values?.every((value, index) => value === values[firsts[index] ?? index]) ?? false;
    },
  };
}

function readWithRegex(pattern: string, names: readonly string[]): Pattern {
  const regex = readRegexPath(pattern, capturedNames);
  const braces = pattern.match(/[{}]/g) ?? [];
  if (regex.groups === names.length && braces.length === 2 * names.length) return regex;
  // Casbin throws, but only once a text comes that matches.
  throw new PatternError(
    `the pattern ${quotePattern(pattern)} has braces that are no names, or groups in parentheses`,
    'Write each name as /{name}, and (?:...) for a group.',
  );
}

function ambiguous(pattern: string): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(pattern)} repeats a name, and what it stands for is not certain`,
    'Where a name is repeated, write each as a whole segment, and * only at the end.',
  );
}
