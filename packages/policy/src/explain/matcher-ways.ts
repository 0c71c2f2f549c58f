import type { Expression } from '../expression/expression.js';

/** Parts that must all hold for a rule to match. */
export type Way = readonly Expression[];

/**
 * A matcher as a person reads it: the ways in which a rule may match (`… || …` at its top), and the parts of each (`… && …`). What
 * stands within brackets stays one part.
 */
export function waysOf(matcher: Expression): readonly Way[] {
  if (matcher.type === 'or') return matcher.parts.flatMap(waysOf);
  return [matcher.type === 'and' ? matcher.parts.flatMap(conjuncts) : [matcher]];
}

function conjuncts(part: Expression): readonly Expression[] {
  return part.type === 'and' ? part.parts.flatMap(conjuncts) : [part];
}
