import { PatternError } from './pattern.js';
import { readEscape } from './regex-escape.js';
import { readSet } from './regex-set.js';
import type { RegexToken } from './regex-token.js';
import { complement, lineBreaks, oneUnit } from './unit-set.js';

/** One after the other, these cover every regular expression that JavaScript accepts without flags. */
const pieces =
  /\[(?:\\.|[^\]\\])*\]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|\d+|.)|\(\?(?:<[^=!][^>]*>|<?.)|[*+?]\??|\{\d+(?:,\d*)?\}\??|./gs;

const signs: ReadonlyMap<string, RegexToken> = new Map([
  ['^', { kind: 'begin' }],
  ['$', { kind: 'end' }],
  ['\\b', { kind: 'boundary' }],
  ['\\B', { kind: 'noBoundary' }],
  ['.', { kind: 'one', of: complement(lineBreaks) }],
  ['|', { kind: 'or' }],
  ['(', { kind: 'open', captures: true }],
  ['(?:', { kind: 'open', captures: false }],
  [')', { kind: 'close' }],
]);

const refusedGroups: ReadonlyMap<string, string> = new Map([
  ['(?=', 'a lookahead'],
  ['(?!', 'a negative lookahead'],
  ['(?<=', 'a lookbehind'],
  ['(?<!', 'a negative lookbehind'],
]);

/**
 * Reads a regular expression as JavaScript does without flags. Whether it is lazy or greedy makes no difference to what
 * matches, and is left out.
 * @param source which JavaScript accepts
 * @param shown the pattern, for messages
 * @throws {PatternError} if it needs more than a look at each character, or is hardly what was meant
 */
export function readRegex(source: string, shown: string): RegexToken[] {
  return (source.match(pieces) ?? []).map((piece) => readPiece(piece, shown));
}

function readPiece(piece: string, shown: string): RegexToken {
  const sign = signs.get(piece);
  if (sign !== undefined) return sign;
  if (piece.startsWith('(?')) return readGroup(piece, shown);
  if (/^(?:[*+?]|\{\d)/.test(piece)) return readRepeat(piece);
  if (piece.startsWith('[')) return { kind: 'one', of: readSet(piece, shown) };
  if (piece.startsWith('\\')) return { kind: 'one', of: readEscape(piece, shown) };
  return { kind: 'one', of: oneUnit(piece.charCodeAt(0)) };
}

function readGroup(piece: string, shown: string): RegexToken {
  if (piece.endsWith('>')) return { kind: 'open', captures: true };
  throw new PatternError(
    `${shown} has ${refusedGroups.get(piece) ?? 'flags in a group'} (${piece})`,
    'Write what may stand there, or a second rule that denies.',
  );
}

function readRepeat(piece: string): RegexToken {
  if (piece.startsWith('*')) return { kind: 'repeat', least: 0, most: Infinity };
  if (piece.startsWith('+')) return { kind: 'repeat', least: 1, most: Infinity };
  if (piece.startsWith('?')) return { kind: 'repeat', least: 0, most: 1 };
  const [least = '', most] = piece.replace(/[{}?]/g, '').split(',');
  if (most === undefined) return { kind: 'repeat', least: Number(least), most: Number(least) };
  return { kind: 'repeat', least: Number(least), most: most === '' ? Infinity : Number(most) };
}
