import { Segment } from './lookup/segment.js';
import { Policy, type PolicyParts } from './policy.js';
import { PolicyError, type PolicyFault } from './policy-error.js';
import { circleFault, readLink } from './roles/read-link.js';
import type { PolicyLine, Rule } from './rules/rule.js';

export interface PolicyChange {
  readonly add?: readonly PolicyLine[];
  readonly remove?: readonly PolicyLine[];
}

/** Segments of up to so many rules are made into one as they come; that takes less than a millisecond. */
const maxMerged = 256;

/**
 * Another policy, with some lines more and some less. What is there already is not added twice, and what is not there need
 * not be removed. The work depends on the change alone, not on the size of the policy.
 * @throws {PolicyError} with all that is wrong; then nothing has changed
 */
export function changePolicy(policy: Policy, { add = [], remove = [] }: PolicyChange): Policy {
  const faults: PolicyFault[] = [];
  let parts = policy.parts;
  for (const line of remove) parts = withoutLine(parts, line);
  for (const line of add) {
    const next = withLine(parts, line);
    if ('message' in next) faults.push({ line: line.line, ...next });
    else parts = next;
  }
  if (faults.length > 0) throw new PolicyError(faults);
  return parts === policy.parts ? policy : new Policy(parts);
}

function withLine(parts: PolicyParts, line: PolicyLine): PolicyParts | PolicyFault {
  const { compiled, graphs, nextPosition } = parts;
  const arity = compiled.model.links.get(line.key);
  if (arity !== undefined) {
    const link = readLink(line, arity);
    if ('message' in link) return link;
    const index = compiled.links.indexOf(line.key);
    const graph = graphs[index];
    if (graph === undefined || graph.has(link)) return parts;
    const names = graph.circleOf(link);
    if (names !== undefined) return circleFault(line.key, { names, domain: link.domain });
    return { ...parts, graphs: graphs.with(index, graph.with(link)) };
  }
  if (line.key !== compiled.model.ruleKey) {
    return {
      message: `there is no section "${line.key}" in the model`,
      remedy: `Rules are "${compiled.model.ruleKey}".`,
    };
  }
  const rule = compiled.readRule(line, nextPosition);
  if ('message' in rule) return rule;
  if (locate(parts, rule.values) !== undefined) return parts;
  return { ...parts, ...withRule(parts, rule), nextPosition: nextPosition + 1 };
}

function withoutLine(parts: PolicyParts, line: PolicyLine): PolicyParts {
  const { compiled, graphs } = parts;
  const arity = compiled.model.links.get(line.key);
  if (arity !== undefined) {
    const link = readLink(line, arity);
    const index = compiled.links.indexOf(line.key);
    const graph = graphs[index];
    if ('message' in link || graph === undefined || !graph.has(link)) return parts;
    return { ...parts, graphs: graphs.with(index, graph.without(link)) };
  }
  const read = line.key === compiled.model.ruleKey ? compiled.readRule(line, 0) : undefined;
  const rule = read === undefined || 'message' in read ? undefined : locate(parts, read.values);
  return rule === undefined ? parts : { ...parts, removed: new Set([...parts.removed, rule]) };
}

function locate({ segments, removed }: PolicyParts, values: readonly string[]): Rule | undefined {
  for (const segment of segments) {
    const rule = segment.locate(values, (one) => !removed.has(one));
    if (rule !== undefined) return rule;
  }
  return undefined;
}

/**
 * The new rule goes into one segment with the last ones, as long as these are no larger together than it may be. What was
 * removed of them is not taken along.
 */
function withRule({ compiled, segments, removed }: PolicyParts, rule: Rule): Pick<PolicyParts, 'segments' | 'removed'> {
  const rules = [rule];
  const gone = new Set(removed);
  let kept = segments.length;
  for (; kept > 1; kept -= 1) {
    const last = segments[kept - 1]?.rules ?? [];
    if (last.length > rules.length || last.length + rules.length > maxMerged) break;
    rules.unshift(...last.filter((one) => !gone.delete(one)));
  }
  return { segments: [...segments.slice(0, kept), Segment.of(compiled, rules)], removed: gone };
}
