import { PatternError } from './pattern.js';
import { quotePattern } from './quote-pattern.js';
import { complement, oneUnit, type UnitRange, type UnitSet } from './unit-set.js';

/** Characters in brackets, and where what follows them begins. */
export interface GlobBracket {
  readonly set: UnitSet;
  readonly end: number;
  /** A single character in brackets is itself: `[*]` is a star, and `[.]` is a dot that was written. */
  readonly literal: string | undefined;
}

/** Reads `[abc]`, `[a-z]`, `[!a]` or `[^a]`, in which a closing bracket that comes first is itself. */
export function readGlobBracket(glob: string, begin: number): GlobBracket {
  const negated = /[!^]/.test(glob.charAt(begin + 1));
  const first = begin + (negated ? 2 : 1);
  const close = glob.indexOf(']', first + 1);
  if (close === -1) throw refusal(glob, 'a [ without its ]');
  const content = glob.slice(first, close);
  if (content.includes('[:')) throw refusal(glob, 'a class like [:alpha:]');
  const ranges: UnitRange[] = [];
  for (let at = 0; at < content.length; ) {
    const isRange = content.charAt(at + 1) === '-' && at + 2 < content.length;
    const last = isRange ? at + 2 : at;
    ranges.push([content.charCodeAt(at), content.charCodeAt(last)]);
    at = last + 1;
  }
  if (ranges.some(([from, to]) => from > to)) throw refusal(glob, 'a range in brackets that goes backwards');
  if (negated) return { set: complement(ranges), end: close + 1, literal: undefined };
  const literal = ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1] ? content.charAt(0) : undefined;
  return { set: literal === undefined ? ranges : oneUnit(literal.charCodeAt(0)), end: close + 1, literal };
}

function refusal(glob: string, what: string): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(glob)} has ${what}`,
    'Write the characters between brackets, ranges as in [a-z], and [[] for a bracket.',
  );
}
