import type { Model } from './model/model.js';
import type { Outcome } from './policy.js';
import type { RoleGraph } from './roles/role-graph.js';
import type { Rule } from './rules/rule.js';

/** Puts the rules that match together to one answer, in whatever order they come. */
export interface Merge {
  add(rule: Rule): void;
  outcome(): Outcome;
}

/** Whether one rule comes before another, where the first decides. */
type Precedes = (one: Rule, other: Rule) => boolean;

export function createMerge(model: Pick<Model, 'effect' | 'rule' | 'links'>, graphs: readonly RoleGraph[]): Merge {
  const precedes = precedesIn(model, graphs);
  let allow: Rule | undefined;
  let deny: Rule | undefined;
  return {
    add: (rule) => {
      if (rule.effect === 'allow') allow = allow === undefined || precedes(rule, allow) ? rule : allow;
      else deny = deny === undefined || precedes(rule, deny) ? rule : deny;
    },
    outcome: () => {
      const allowed: Outcome = { effect: 'allow', rule: allow };
      const denied: Outcome = { effect: 'deny', rule: deny };
      switch (model.effect) {
        case 'allow':
          return allow === undefined ? { effect: 'deny', rule: undefined } : allowed;
        case 'deny':
          return deny === undefined ? allowed : denied;
        case 'allow-and-deny':
          return allow === undefined || deny !== undefined ? denied : allowed;
        case 'priority':
        case 'subject-priority':
          if (allow === undefined || deny === undefined) return allow === undefined ? denied : allowed;
          return precedes(allow, deny) ? allowed : denied;
      }
    },
  };
}

export function precedesIn(model: Pick<Model, 'effect' | 'rule' | 'links'>, graphs: readonly RoleGraph[]): Precedes {
  return model.effect === 'subject-priority' ? bySubject(model, graphs) : byPriority;
}

/** What holds for every policy of a model, whoever has which roles. */
export const byPriority: Precedes = (one, other) =>
  one.priority === other.priority ? one.position < other.position : one.priority < other.priority;

/** A rule about somebody comes before one about a role of theirs, however far above. */
function bySubject({ rule, links }: Pick<Model, 'rule' | 'links'>, graphs: readonly RoleGraph[]): Precedes {
  const graph = graphs[[...links.keys()].indexOf('g')];
  const [subject, domain] = [rule.indexOf('sub'), rule.indexOf('dom')];
  const depthOf = ({ values }: Rule) => graph?.depthOf(values[subject] ?? '', values[domain]) ?? 0;
  return (one, other) => {
    const deeper = depthOf(one) - depthOf(other);
    return deeper === 0 ? byPriority(one, other) : deeper > 0;
  };
}
