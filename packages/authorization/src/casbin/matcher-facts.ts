import { type Expression, type Model, partsOf } from '@agentflow/policy';
import { type RequestField, requestFieldNamed } from './request-field.js';

/** What the checks of the rules need to know of a matcher: how it looks at each field of a rule. */
export interface MatcherFacts {
  /** The fields of the request that a field is compared with, or is a pattern for: `obj` → {`obj`}. */
  readonly comparedWith: ReadonlyMap<string, ReadonlySet<RequestField>>;
  /** Fields that hold a role of the request's field, or of what stands there: `g(r.sub, p.sub)`. */
  readonly linkedWith: ReadonlyMap<string, ReadonlySet<RequestField>>;
  /** Fields in which `*` alone stands for any. */
  readonly wildcards: ReadonlySet<string>;
  /** The functions that read a field as a pattern. */
  readonly patterns: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields that hold a condition. */
  readonly conditions: ReadonlySet<string>;
  /** The links that are asked for at all. */
  readonly links: ReadonlySet<string>;
}

export function factsOf(model: Model): MatcherFacts {
  const facts = {
    comparedWith: new Map<string, Set<RequestField>>(),
    linkedWith: new Map<string, Set<RequestField>>(),
    wildcards: new Set<string>(),
    patterns: new Map<string, Set<string>>(),
    conditions: new Set<string>(),
    links: new Set<string>(),
  };
  const ruleField = (part: Expression) => (part.type === 'rule' ? model.rule[part.field] : undefined);
  const requestField = (part: Expression) =>
    part.type === 'request' && part.path.length === 0 ? requestFieldNamed(model.request[part.field] ?? '') : undefined;
  for (const part of partsOf(model.matcher)) {
    if (part.type === 'compare') {
      for (const [one, other] of [
        [part.left, part.right],
        [part.right, part.left],
      ] as const) {
        note(facts.comparedWith, ruleField(one), requestField(other));
        const name = ruleField(one);
        if (name !== undefined && other.type === 'literal' && other.value === '*') facts.wildcards.add(name);
      }
    } else if (part.type === 'link') {
      facts.links.add(part.name);
      note(facts.linkedWith, ruleField(part.role), requestField(part.member));
    } else if (part.type === 'pattern') {
      note(facts.comparedWith, ruleField(part.pattern), requestField(part.text));
      note(facts.patterns, ruleField(part.pattern), part.function);
    } else if (part.type === 'eval') {
      facts.conditions.add(model.rule[part.field] ?? '');
    }
  }
  return facts;
}

function note<T>(known: Map<string, Set<T>>, name: string | undefined, value: T | undefined): void {
  if (name === undefined || value === undefined) return;
  known.set(name, (known.get(name) ?? new Set<T>()).add(value));
}
