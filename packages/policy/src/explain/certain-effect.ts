import { partsOf } from '../expression/expression.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';
import { effectBetween } from './effect-between.js';

/**
 * What a policy answers to somebody of whom only the fewest and the most roles are known, whatever they have between these;
 * undefined where that depends on it. More roles match more rules.
 * @param fewest the rules that match in any case
 * @param most those that match with all roles
 */
export function certainEffect(
  policy: Policy,
  fewest: readonly Rule[],
  most: readonly Rule[],
): Outcome['effect'] | undefined {
  if (rolesMayTakeAway(policy)) return undefined;
  return effectBetween(policy, fewest, most);
}

/** `!g(r.sub, p.sub)`: then a role more is a rule less. A condition in a rule may say so too. */
function rolesMayTakeAway({ model: { matcher } }: Policy): boolean {
  for (const part of partsOf(matcher)) {
    if (part.type === 'eval') return true;
    if (part.type === 'not') for (const inner of partsOf(part.of)) if (inner.type === 'link') return true;
  }
  return false;
}
