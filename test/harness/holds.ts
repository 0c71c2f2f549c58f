import type { Condition } from '../../packages/policy/src/index.js';

/** Whether a condition holds for one request: the naive reading of what a list is asked. */
export function holds(condition: Condition, textOf: (field: number) => string): boolean {
  if (typeof condition === 'boolean') return condition;
  if ('in' in condition) return condition.in.includes(textOf(condition.field));
  if ('startsWith' in condition) return textOf(condition.field).startsWith(condition.startsWith);
  if ('and' in condition) return condition.and.every((part) => holds(part, textOf));
  if ('or' in condition) return condition.or.some((part) => holds(part, textOf));
  return !holds(condition.not, textOf);
}
