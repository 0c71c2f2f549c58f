import { lineBreak } from './line-break.js';
import { type LinearRegex, readLinearRegex } from './linear-regex.js';
import type { NameSyntax } from './name-syntax.js';
import { type Pattern, PatternError } from './pattern.js';
import { checkLength } from './pattern-length.js';
import { matchesPlainPath, type PlainPath, prefixOfPlainPath, readPlainPath } from './plain-path.js';
import { quotePattern } from './quote-pattern.js';

/** Casbin's patterns of paths: names, stars after a slash, and all else as in a regular expression. */
export function readPathPattern(pattern: string, syntax: NameSyntax): Pattern {
  const plain = readPlain(pattern, syntax);
  return plain === undefined ? readRegexPath(pattern, syntax) : patternOfPlainPath(plain);
}

/** @returns undefined if it is no plain path; then readRegexPath reads it */
export function readPlain(pattern: string, syntax: NameSyntax): PlainPath | undefined {
  if (lineBreak.test(pattern)) {
    throw new PatternError(
      `the pattern ${quotePattern(pattern)} has a line break`,
      'Write it in one line, with a name or a star where there may be a line break.',
    );
  }
  return readPlainPath(pattern, syntax);
}

export function patternOfPlainPath(path: PlainPath): Pattern {
  const matches = (text: string) => matchesPlainPath(path, text);
  return { prefix: prefixOfPlainPath(path), matches };
}

/** The pattern as the regular expression that it is to Casbin: a name is what its syntax says, and a star after a slash is `.*`. */
export function readRegexPath(pattern: string, syntax: NameSyntax): LinearRegex {
  checkLength(pattern);
  let source = pattern.replaceAll('/*', '/.*');
  // From the last name to the first, as one may stand in what another swallows; and only while there is one after a slash.
  while (source.includes(syntax.mark)) {
    const last = syntax.findLast(source);
    if (last === undefined) throw unfinishedName(pattern, syntax);
    source = `${source.slice(0, last[0])}${syntax.value}${source.slice(last[1])}`;
  }
  return readLinearRegex(pattern, `^${source}$`);
}

function unfinishedName(pattern: string, { mark }: NameSyntax): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(pattern)} has "${mark}" without a name after it`,
    mark === '/:' ? 'Write a name after the colon, as in /users/:id.' : 'Write a name in braces, as in /users/{id}.',
  );
}
