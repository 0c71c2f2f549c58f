import { PatternError } from './pattern.js';
import type { RegexToken } from './regex-token.js';
import { writeUnitSet } from './surrogates.js';

/** Characters and groups, each as often as it may be repeated: what an automaton has at most to look at for each character. */
const maxSize = 1000;

/**
 * Writes a regular expression for RE2.
 * @param shown the pattern, for messages
 * @throws {PatternError} if it would be too large
 */
export function writeRe2(tokens: readonly RegexToken[], shown: string): string {
  if (sizeOf(tokens) > maxSize) {
    throw new PatternError(
      `${shown} is larger than ${maxSize} characters when its repetitions are written out`,
      'Use * or +, or smaller numbers in {}.',
    );
  }
  return tokens.map(writeToken).join('');
}

function sizeOf(tokens: readonly RegexToken[]): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  for (const token of tokens) {
    if (token.kind === 'open') {
      outer.push(size);
      size = 0;
    } else if (token.kind === 'close') {
      last = Math.max(size, 1);
      size = last + (outer.pop() ?? 0);
    } else if (token.kind === 'repeat') {
      const times = token.most === Infinity ? token.least : token.most;
      size += last * (Math.max(times, 1) - 1);
    } else {
      last = 1;
      size += last;
    }
  }
  return size;
}

function writeToken(token: RegexToken): string {
  switch (token.kind) {
    case 'one':
      return writeUnitSet(token.of);
    case 'begin':
      return '\\A';
    case 'end':
      return '\\z';
    case 'boundary':
      return '\\b';
    case 'noBoundary':
      return '\\B';
    case 'open':
      return '(?:';
    case 'close':
      return ')';
    case 'or':
      return '|';
    case 'repeat':
      return writeRepeat(token.least, token.most);
  }
}

function writeRepeat(least: number, most: number): string {
  if (most !== Infinity) return `{${least},${most}}`;
  return least === 0 ? '*' : `{${least},}`;
}
