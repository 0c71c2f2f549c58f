import { compareRules, type Rule, type RuleComparison } from '@agentflow/policy';
import { allPermissions } from '@agentflow/protocol';
import { factsOf } from '../../matcher-facts.js';
import type { InspectedPolicy } from '../inspected-policy.js';
import type { Finding } from './finding.js';

/** Rules about one name are compared with each other as long as they are no more. */
const maxCompared = 1_000;

const samples = allPermissions.map((permission) => {
  const [obj = '', act = ''] = permission.split(':');
  return { obj, act };
});

/** Rules that never decide, or that say what another says. Rules are compared two by two: what several cover together is not seen. */
export function findUnreachable(inspected: InspectedPolicy): readonly Finding[] {
  const { policy } = inspected;
  const comparison = compareRules(policy, samples);
  const rules = [...policy.rules()].toSorted((one, other) => one.position - other.position);
  const { candidatesOf, tooMany } = candidates(inspected, rules);
  const found = rules.flatMap((rule): readonly Finding[] => {
    for (const other of candidatesOf(rule)) {
      const words = other === rule ? undefined : relation(inspected, comparison, other, rule);
      if (words === undefined) continue;
      return [{ ...words, place: inspected.placeOf(rule), rule: inspected.textOf(rule) }];
    }
    return [];
  });
  return [...found, ...tooMany];
}

/** What another rule makes of this one; undefined where it leaves it its use. */
function relation(
  { policy, placeOf }: InspectedPolicy,
  { covers, precedes }: RuleComparison,
  other: Rule,
  rule: Rule,
): Pick<Finding, 'kind' | 'message'> | undefined {
  const { effect } = policy.model;
  const isOrdered = effect === 'priority' || effect === 'subject-priority';
  const isSame = other.effect === rule.effect;
  if (isOrdered ? !precedes(other, rule) : !isSame && rule.effect === 'deny') return undefined;
  if (!covers(other, rule)) return undefined;
  const place = placeOf(other);
  if (isSame && covers(rule, other)) {
    // Of two that say the same, the later one is told.
    if (other.position > rule.position && !isOrdered) return undefined;
    return { kind: 'duplicate', message: `says what ${place} says` };
  }
  if (isOrdered)
    return { kind: 'unreachable', message: `never decides: ${place} comes first and matches whatever it does` };
  if (isSame) return { kind: 'unreachable', message: `adds nothing: ${place} matches whatever it does` };
  return { kind: 'unreachable', message: `never allows anything: ${place} denies all of it` };
}

/** A rule can be covered only by one about the same name, about a role of it, or about everybody. */
function candidates({ policy, placeOf, textOf }: InspectedPolicy, rules: readonly Rule[]) {
  const { linkedWith, comparedWith } = factsOf(policy.model);
  const field = policy.model.rule.findIndex(
    (name) => linkedWith.get(name)?.has('sub') === true || comparedWith.get(name)?.has('sub') === true,
  );
  const nameOf = ({ values }: Rule) => values[field] ?? '';
  const byName = new Map<string, Rule[]>();
  for (const rule of rules) {
    const same = byName.get(nameOf(rule)) ?? [];
    byName.set(nameOf(rule), same);
    same.push(rule);
  }
  const tooMany: Finding[] = [];
  for (const [name, [first, ...rest]] of byName) {
    if (first === undefined || rest.length < maxCompared) continue;
    const message = `stands for the ${rest.length + 1} rules about ${name}, which are too many to be compared`;
    tooMany.push({ kind: 'not-compared', place: placeOf(first), rule: textOf(first), message });
    byName.delete(name);
  }
  const graph = policy.parts.graphs[policy.parts.compiled.links.indexOf('g')];
  const candidatesOf = (rule: Rule) =>
    [...new Set([...(graph?.namesOf(nameOf(rule)) ?? [nameOf(rule)]), '*'])]
      .flatMap((name) => byName.get(name) ?? [])
      .toSorted(
        (one, other) =>
          Number(one.effect === rule.effect) - Number(other.effect === rule.effect) || one.position - other.position,
      );
  return { candidatesOf, tooMany };
}
