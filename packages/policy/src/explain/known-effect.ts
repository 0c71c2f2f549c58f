import type { Scene } from '../expression/scene.js';
import type { RequestValue } from '../expression/value.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';
import { effectBetween } from './effect-between.js';

/**
 * What a policy answers whatever attributes the request lacks; undefined where that depends on them.
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
  return effectBetween(policy, certain, possible);
}
