import type { Decision } from './authorization-backend.js';
import type { Filter } from './filter.js';

/** What somebody has by another decision: something, or more; nothing, or less; of many, some others instead. */
export type DecisionChange = 'gain' | 'loss' | 'other';

/** How another decision about the same differs; undefined where it does not. */
export function compareDecisions(one: Decision, other: Decision): DecisionChange | undefined {
  if (one.effect !== other.effect) return other.effect === 'allow' ? 'gain' : 'loss';
  if (one.effect === 'deny' || (one.filter === undefined && other.filter === undefined)) return undefined;
  return compareFilters(one.filter ?? everything, other.filter ?? everything);
}

const everything: Filter = { and: [] };

/** No id has it, so it makes an id that no filter names. */
const unprintable = '\u0000';

/**
 * Two filters are the same if they agree on each id that one of them names, on one more that begins as one of them asks, and on one
 * that neither has anything to do with: no filter can tell any other id from one of those.
 */
function compareFilters(one: Filter, other: Filter): DecisionChange | undefined {
  if (JSON.stringify(one) === JSON.stringify(other)) return undefined;
  const ids = new Set([unprintable, ...tellingIds(one), ...tellingIds(other)]);
  const [matchesOne, matchesOther] = [matcherOf(one), matcherOf(other)];
  let [more, less] = [false, false];
  for (const id of ids) {
    const before = matchesOne(id);
    if (before === matchesOther(id)) continue;
    if (before) less = true;
    else more = true;
    if (more && less) return 'other';
  }
  return more ? 'gain' : less ? 'loss' : undefined;
}

/** The same as `matchesFilter`, for many ids. */
function matcherOf(filter: Filter): (id: string) => boolean {
  if ('not' in filter) {
    const matches = matcherOf(filter.not);
    return (id) => !matches(id);
  }
  if ('and' in filter || 'or' in filter) {
    const all = 'and' in filter;
    const parts = (all ? filter.and : filter.or).map(matcherOf);
    return all ? (id) => parts.every((matches) => matches(id)) : (id) => parts.some((matches) => matches(id));
  }
  const wanted = filter.id;
  if ('startsWith' in wanted) return (id) => id.startsWith(wanted.startsWith);
  const ids = new Set(wanted.in);
  return (id) => ids.has(id);
}

function* tellingIds(filter: Filter): Generator<string> {
  if ('not' in filter) yield* tellingIds(filter.not);
  else if ('and' in filter) for (const part of filter.and) yield* tellingIds(part);
  else if ('or' in filter) for (const part of filter.or) yield* tellingIds(part);
  else if ('in' in filter.id) yield* filter.id.in;
  else yield `${filter.id.startsWith}${unprintable}`;
}
