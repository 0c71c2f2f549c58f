import type { Scene } from '../expression/scene.js';
import type { RequestValue } from '../expression/value.js';
import { createMerge } from '../merge.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';

/**
 * What a policy answers whatever attributes the request lacks; undefined where that depends on them. A rule more that allows never
 * denies, and one more that denies never allows.
 * @throws {TypeError} if the request has other values than the model asks for
 */
export function knownEffect(policy: Policy, request: readonly RequestValue[]): Outcome['effect'] | undefined {
  const { effect } = policy.decide(request);
  const { compiled, graphs } = policy.parts;
  const { model, matches, looksAtRules } = compiled;
  const scene: Scene = { request, graphs, names: [], rule: model.rule.map(() => '') };
  if (!looksAtRules) return matches(scene) === undefined ? undefined : effect;
  const [certain, possible]: [Rule[], Rule[]] = [[], []];
  for (const rule of policy.candidates(scene)) {
    scene.rule = rule.values;
    const truth = matches(scene);
    if (truth === true) certain.push(rule);
    if (truth !== false) possible.push(rule);
  }
  const effectOf = (allowing: readonly Rule[], denying: readonly Rule[]) => {
    const merge = createMerge(model, graphs);
    for (const rule of allowing) if (rule.effect === 'allow') merge.add(rule);
    for (const rule of denying) if (rule.effect === 'deny') merge.add(rule);
    return merge.outcome().effect;
  };
  const [worst, best] = [effectOf(certain, possible), effectOf(possible, certain)];
  return worst === best ? worst : undefined;
}
