import type { CompiledModel } from '../compiled-model.js';
import type { Scene } from '../expression/scene.js';
import type { RequestValue } from '../expression/value.js';
import { precedesIn } from '../merge.js';
import type { Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';
import { allOf, anyOf, type Condition, noneOf } from './condition.js';
import { Residuals } from './residual.js';

/**
 * What must be so of the open fields of a request for {@link Policy.decide} to allow it: one answer about all that there
 * are, from the same rules as the answer about each.
 * @param request undefined for each field that is open
 * @throws {FilterError} if the policy says something of them that no list could be asked
 */
export function filterPolicy(policy: Policy, request: readonly (RequestValue | undefined)[]): Condition {
  const { compiled, graphs } = policy.parts;
  const { model, looksAtRules } = compiled;
  const residuals = residualsOf(compiled, request);
  const scene: Scene = { request, graphs, names: [], rule: model.rule.map(() => '') };
  if (policy.size === 0 || !looksAtRules) {
    if (model.effect === 'deny') return true;
    return looksAtRules ? false : residuals.of(model.matcher, scene, 'certain');
  }
  const conditions = new Map<Rule, Condition>();
  for (const rule of policy.candidates(scene)) {
    scene.rule = rule.values;
    conditions.set(rule, residuals.of(model.matcher, scene, rule.effect === 'allow' ? 'certain' : 'possible'));
  }
  return merge(policy, conditions);
}

const known = new WeakMap<CompiledModel, Map<string, Residuals>>();

/** Made once for a model and the fields that are open: one list is asked for like another. */
function residualsOf(compiled: CompiledModel, request: readonly unknown[]): Residuals {
  const open = request.flatMap((value, field) => (value === undefined ? [field] : []));
  const ofModel = known.get(compiled) ?? new Map<string, Residuals>();
  known.set(compiled, ofModel);
  const key = open.join();
  const residuals = ofModel.get(key) ?? new Residuals(compiled.model, compiled.compiler, new Set(open));
  ofModel.set(key, residuals);
  return residuals;
}

/** The same as {@link createMerge} does with rules that match: here each matches under a condition. */
function merge({ parts: { compiled, graphs } }: Policy, conditions: ReadonlyMap<Rule, Condition>): Condition {
  const of = (effect: Rule['effect']) =>
    anyOf([...conditions].flatMap(([rule, condition]) => (rule.effect === effect ? [condition] : [])));
  switch (compiled.model.effect) {
    case 'allow':
      return of('allow');
    case 'deny':
      return noneOf(of('deny'));
    case 'allow-and-deny':
      return allOf([of('allow'), noneOf(of('deny'))]);
    case 'priority':
    case 'subject-priority': {
      const precedes = precedesIn(compiled.model, graphs);
      const inOrder = [...conditions].toSorted(([one], [other]) => (precedes(one, other) ? -1 : 1));
      return runsOf(inOrder).reduceRight<Condition>(
        (rest, { effect, any }) => (effect === 'allow' ? anyOf([any, rest]) : allOf([noneOf(any), rest])),
        false,
      );
    }
  }
}

/** Neighbours of one effect together: any of them decides alike. */
function runsOf(inOrder: readonly (readonly [rule: Rule, condition: Condition])[]) {
  const runs: { readonly effect: Rule['effect']; any: Condition }[] = [];
  for (const [{ effect }, condition] of inOrder) {
    const last = runs.at(-1);
    if (last?.effect === effect) last.any = anyOf([last.any, condition]);
    else runs.push({ effect, any: condition });
  }
  return runs;
}
