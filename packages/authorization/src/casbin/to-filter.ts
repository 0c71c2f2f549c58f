import type { Filter } from '@agentflow/core';
import type { Condition } from '@agentflow/policy';

/** A condition on the one field that is open, `id`, as the server knows filters. */
export function toFilter(condition: Condition): Filter {
  if (typeof condition === 'boolean') return condition ? { and: [] } : { or: [] };
  if ('in' in condition) return { id: { in: condition.in } };
  if ('startsWith' in condition) return { id: { startsWith: condition.startsWith } };
  if ('and' in condition) return { and: condition.and.map(toFilter) };
  if ('or' in condition) return { or: condition.or.map(toFilter) };
  return { not: toFilter(condition.not) };
}
