import { createMerge } from '../merge.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';

/**
 * What a policy answers whichever rules match of all that may, if it is the same for all of them. A rule more that allows never
 * denies, and one more that denies never allows: so two answers stand for all.
 * @param certain the rules that match in any case
 * @param possible those that may match, these among them
 */
export function effectBetween(
  { model, parts }: Policy,
  certain: readonly Rule[],
  possible: readonly Rule[],
): Outcome['effect'] | undefined {
  const effectOf = (allowing: readonly Rule[], denying: readonly Rule[]) => {
    const merge = createMerge(model, parts.graphs);
    for (const rule of allowing) if (rule.effect === 'allow') merge.add(rule);
    for (const rule of denying) if (rule.effect === 'deny') merge.add(rule);
    return merge.outcome().effect;
  };
  const [worst, best] = [effectOf(certain, possible), effectOf(possible, certain)];
  return worst === best ? worst : undefined;
}
