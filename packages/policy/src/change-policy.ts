import { shareAt } from './compaction-plan.js';
import type { CompiledModel } from './compiled-model.js';
import { scanFault } from './lookup/scan.js';
import { Segment } from './lookup/segment.js';
import { Policy, type PolicyParts } from './policy.js';
import { PolicyError, type PolicyFault } from './policy-error.js';
import { circleFault, readLink } from './roles/read-link.js';
import type { RoleGraph, RoleLink } from './roles/role-graph.js';
import { keyOf, type PolicyLine, type Rule } from './rules/rule.js';

export interface PolicyChange {
  readonly add?: readonly PolicyLine[];
  readonly remove?: readonly PolicyLine[];
}

/** Segments of up to so many rules are made into one as they come; that takes a tenth of a millisecond. */
const maxMerged = 256;

type Fault = Omit<PolicyFault, 'line'>;

/**
 * Another policy, with some lines more and some less. What is there already is not added twice, and what is not there need
 * not be removed. It takes as long as the change is large, however large the policy is. What changes leave behind is cleared
 * away by {@link compactPolicy}.
 * @throws {PolicyError} with all that is wrong; then nothing has changed
 */
export function changePolicy(policy: Policy, { add = [], remove = [] }: PolicyChange): Policy {
  const work = new Work(policy);
  const faults = [
    ...remove.map((line) => ({ line: line.line, fault: work.remove(line) })),
    ...add.map((line) => ({ line: line.line, fault: work.add(line) })),
  ].flatMap(({ line, fault }): PolicyFault[] => (fault === undefined ? [] : [{ line, ...fault }]));
  const changed = work.isChanged ? new Policy(work.parts()) : policy;
  const scanned = scanFault(policy.parts.compiled, changed.size);
  if (scanned !== undefined) faults.push(scanned);
  if (faults.length > 0) throw new PolicyError(faults);
  return changed;
}

/** What a change has come to, before anybody sees it. */
class Work {
  readonly #from: PolicyParts;
  readonly #removed = new Map<Segment, Set<Rule>>();
  readonly #added = new Map<string, Rule>();
  readonly #graphs: RoleGraph[];
  readonly #size: number;
  isChanged = false;

  constructor({ parts, size }: Policy) {
    this.#from = parts;
    this.#graphs = [...parts.graphs];
    this.#size = size;
  }

  add(line: PolicyLine): Fault | undefined {
    const { compiled, nextPosition } = this.#from;
    if (compiled.links.includes(line.key))
      return this.#changeLink(line, (graph, link) => addLink(line.key, graph, link));
    if (line.key !== compiled.model.ruleKey) return unknownSection(line.key, compiled.model.ruleKey);
    compiled.compiler.texts.makeRoomFor(this.#size + this.#added.size + 1);
    const rule = compiled.readRule(line, nextPosition + this.#added.size);
    if ('message' in rule) return rule;
    const key = keyOf(rule);
    if (this.#added.has(key) || this.#locate(rule.values) !== undefined) return undefined;
    this.#added.set(key, rule);
    this.isChanged = true;
    return undefined;
  }

  remove(line: PolicyLine): Fault | undefined {
    const { compiled } = this.#from;
    if (compiled.links.includes(line.key)) {
      return this.#changeLink(line, (graph, link) => (graph.has(link) ? graph.without(link) : graph));
    }
    if (line.key !== compiled.model.ruleKey) return unknownSection(line.key, compiled.model.ruleKey);
    const read = compiled.readRule(line, 0);
    if ('message' in read) return read;
    const found = this.#locate(read.values);
    if (found === undefined) return undefined;
    const ofSegment = this.#removed.get(found.segment) ?? new Set();
    this.#removed.set(found.segment, ofSegment.add(found.rule));
    this.isChanged = true;
    return undefined;
  }

  #changeLink(line: PolicyLine, change: (graph: RoleGraph, link: RoleLink) => RoleGraph | Fault): Fault | undefined {
    const { compiled } = this.#from;
    const index = compiled.links.indexOf(line.key);
    const graph = this.#graphs[index];
    const link = readLink(line, compiled.model.links.get(line.key) ?? 2);
    if ('message' in link) return link;
    const changed = graph === undefined ? undefined : change(graph, link);
    if (changed === undefined || changed === graph) return undefined;
    if ('message' in changed) return changed;
    this.#graphs[index] = changed;
    this.isChanged = true;
    return undefined;
  }

  #locate(values: readonly string[]): { readonly segment: Segment; readonly rule: Rule } | undefined {
    for (const segment of this.#from.segments) {
      const rule = segment.locate(values);
      if (rule !== undefined && this.#removed.get(segment)?.has(rule) !== true) return { segment, rule };
    }
    return undefined;
  }

  parts(): PolicyParts {
    const { compiled, nextPosition } = this.#from;
    const left = this.#from.segments
      .map((segment) => {
        const removed = this.#removed.get(segment);
        return removed === undefined ? segment : segment.without([...removed]);
      })
      .filter(({ size }) => size > 0);
    return {
      ...{ compiled, graphs: this.#graphs, nextPosition: nextPosition + this.#added.size },
      segments: this.#added.size === 0 ? left : append(compiled, left, [...this.#added.values()]),
    };
  }
}

/** New rules go into one segment with the last ones, as long as these are few: what is more is left to a compaction. */
function append(compiled: CompiledModel, segments: readonly Segment[], added: readonly Rule[]): readonly Segment[] {
  let kept = segments.length;
  let merged = added.length;
  for (; kept > 0; kept -= 1) {
    const { size = 0, removed = 0 } = segments[kept - 1] ?? {};
    if (size > shareAt(kept - 1) * (merged + removed) || size + merged > maxMerged) break;
    merged += size;
  }
  const rules = segments.slice(kept).flatMap((segment) => [...segment.rules()]);
  return [...segments.slice(0, kept), Segment.of(compiled, [...rules, ...added])];
}

function addLink(key: string, graph: RoleGraph, link: RoleLink): RoleGraph | Fault {
  if (graph.has(link)) return graph;
  const names = graph.circleOf(link);
  return names === undefined ? graph.with(link) : circleFault(key, { names, domain: link.domain });
}

function unknownSection(key: string, ruleKey: string): Fault {
  return { message: `there is no section "${key}" in the model`, remedy: `Rules are "${ruleKey}".` };
}
