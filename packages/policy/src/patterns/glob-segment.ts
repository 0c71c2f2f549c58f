import { readGlobBracket } from './glob-bracket.js';
import { PatternError } from './pattern.js';
import { quotePattern } from './quote-pattern.js';
import type { UnitSet } from './unit-set.js';

/** Whether what stands between two slashes matches. */
export type MatchSegment = (segment: string) => boolean;

/** One character: this one, or one of a set; or a star, for any number of them. */
type Sign = string | UnitSet | typeof star;

const star = Symbol('*');
const anything: UnitSet = [[0, 0xffff]];

/** Reads what stands between two slashes of a glob, which is not `**`. */
export function readGlobSegment(glob: string): MatchSegment {
  if (!/[*?[(]/.test(glob)) return (segment) => segment === glob;
  const signs = readSigns(glob);
  if (signs.every((sign) => typeof sign === 'string')) {
    const literal = signs.join('');
    return (segment) => segment === literal;
  }
  const [first] = signs;
  const mayBeginWithDot = typeof first === 'string';
  const isOnlyStar = signs.every((sign) => sign === star);
  return (segment) => {
    if (segment === '.' || segment === '..') return false;
    if (segment.startsWith('.') && !mayBeginWithDot) return false;
    return isOnlyStar ? segment !== '' : matchesSigns(signs, segment);
  };
}

function readSigns(glob: string): readonly Sign[] {
  const signs: Sign[] = [];
  for (let at = 0; at < glob.length; ) {
    const sign = glob.charAt(at);
    if (/[+@!?*]/.test(sign) && glob.charAt(at + 1) === '(') throw extendedGlob(glob);
    if (sign === '[') {
      const { set, end, literal } = readGlobBracket(glob, at);
      signs.push(literal ?? set);
      at = end;
      continue;
    }
    if (sign === '*') {
      if (signs.at(-1) !== star) signs.push(star);
    } else signs.push(sign === '?' ? anything : sign);
    at += 1;
  }
  return signs;
}

/**
 * Goes back only to the last star: what an earlier one could take, the last one can take as well. So this takes time in
 * proportion to segment and signs, whatever they are.
 */
function matchesSigns(signs: readonly Sign[], segment: string): boolean {
  let at = 0;
  let index = 0;
  let lastStar = -1;
  let starEnd = 0;
  while (at < segment.length) {
    const sign = signs[index];
    if (sign === star) {
      lastStar = index;
      starEnd = at;
      index += 1;
    } else if (sign !== undefined && isOne(sign, segment, at)) {
      index += 1;
      at += 1;
    } else if (lastStar !== -1) {
      starEnd += 1;
      at = starEnd;
      index = lastStar + 1;
    } else return false;
  }
  return signs.slice(index).every((sign) => sign === star);
}

function isOne(sign: string | UnitSet, segment: string, at: number): boolean {
  if (typeof sign === 'string') return sign === segment.charAt(at);
  const unit = segment.charCodeAt(at);
  return sign.some(([first, last]) => first <= unit && unit <= last);
}

function extendedGlob(glob: string): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(glob)} has an extended glob, as +(...)`,
    'Write {a,b} for alternatives, or regexMatch.',
  );
}
