import { partsOf } from '../expression/expression.js';
import { createMerge } from '../merge.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';

/**
 * What a policy answers to somebody of whom only the fewest and the most roles are known, whatever they have between these;
 * undefined where that depends on it. More roles match more rules; more that allow never deny, and more that deny never allow.
 * @param fewest the rules that match in any case
 * @param most those that match with all roles
 */
export function certainEffect(
  policy: Policy,
  fewest: readonly Rule[],
  most: readonly Rule[],
): Outcome['effect'] | undefined {
  if (rolesMayTakeAway(policy)) return undefined;
  const effectOf = (allowing: readonly Rule[], denying: readonly Rule[]) => {
    const merge = createMerge(policy.model, policy.parts.graphs);
    for (const rule of allowing) if (rule.effect === 'allow') merge.add(rule);
    for (const rule of denying) if (rule.effect === 'deny') merge.add(rule);
    return merge.outcome().effect;
  };
  const [worst, best] = [effectOf(fewest, most), effectOf(most, fewest)];
  return worst === best ? worst : undefined;
}

/** `!g(r.sub, p.sub)`: then a role more is a rule less. A condition in a rule may say so too. */
function rolesMayTakeAway({ model: { matcher } }: Policy): boolean {
  for (const part of partsOf(matcher)) {
    if (part.type === 'eval') return true;
    if (part.type === 'not') for (const inner of partsOf(part.of)) if (inner.type === 'link') return true;
  }
  return false;
}
