import { RE2JS } from 're2js';
import { type Pattern, PatternError } from './pattern.js';
import { quotePattern } from './quote-pattern.js';
import { readRegex } from './read-regex.js';
import { prefixOf } from './regex-prefix.js';
import { separateSurrogates } from './surrogates.js';
import { writeRe2 } from './write-re2.js';

/** Answers as `new RegExp(source).test(text)`, in time linear in the text. */
export interface LinearRegex extends Pattern {
  /** How many groups capture. */
  readonly groups: number;
}

/**
 * @param pattern what was written, for messages; not longer than patterns may be
 * @param source what that is as a regular expression
 * @throws {PatternError} if JavaScript does not accept it, or RE2 could not answer the same
 */
export function readLinearRegex(pattern: string, source: string): LinearRegex {
  const shown = `the pattern ${quotePattern(pattern)}`;
  checkSyntax(source, shown);
  const tokens = readRegex(source, shown);
  const regex = RE2JS.compile(writeRe2(tokens, shown));
  return {
    prefix: prefixOf(tokens),
    groups: tokens.filter((token) => token.kind === 'open' && token.captures).length,
    matches: (text) => regex.test(separateSurrogates(text)),
  };
}

function checkSyntax(source: string, shown: string): void {
  try {
    // JavaScript only reads it here, which is quick; no text is ever given to it.
    RegExp(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /s, '') : String(error);
    throw new PatternError(
      `${shown} is not a regular expression: ${reason}`,
      'Put a backslash before a sign that stands for itself.',
    );
  }
}
