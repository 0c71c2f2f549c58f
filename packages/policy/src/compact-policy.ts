import { type CompactionPlan, planCompaction } from './compaction-plan.js';
import { compileModel } from './compiled-model.js';
import { Segment } from './lookup/segment.js';
import { Policy } from './policy.js';
import { RoleGraph } from './roles/role-graph.js';
import type { Rule } from './rules/rule.js';
import { Turns } from './turns.js';

/**
 * The same policy without the traces of its changes: it decides alike, by the same rules in the same places, and costs what one
 * costs that is built anew. Due where {@link Policy.isFragmented} says so; any other policy comes back as it is. It works in
 * turns: whatever else the process does goes on meanwhile, changes too, of which the result would know nothing. So whoever
 * makes changes writes down those that were made since, and goes on from both, one compaction at a time:
 *
 * ```ts
 * const since: PolicyChange[] = []; // each change from here on goes to `current` and, unless it throws, in here
 * const compacted = await compactPolicy(current);
 * current = since.reduce(changePolicy, compacted);
 * ```
 */
export async function compactPolicy(policy: Policy): Promise<Policy> {
  return rewritePolicy(policy, planCompaction(policy.parts), new Turns());
}

/** Writes segments from one on, and graphs, anew. */
export async function rewritePolicy(policy: Policy, plan: CompactionPlan, turns: Turns): Promise<Policy> {
  const { parts } = policy;
  if (plan.from === parts.segments.length && plan.graphs.length === 0) return policy;
  const graphs = [...parts.graphs];
  for (const at of plan.graphs) {
    const graph = graphs[at];
    if (graph !== undefined) graphs[at] = await turns.finish(RoleGraph.build(graph.links()));
  }
  return new Policy({ ...parts, graphs, ...(await rewriteSegments(policy, plan.from, turns)) });
}

async function rewriteSegments({ parts, size }: Policy, from: number, turns: Turns) {
  const { segments } = parts;
  if (from === segments.length) return { segments };
  // Indexes that stay hold on to the model as it was compiled for them, and so does the policy; else nothing old is kept.
  const compiled = from === 0 ? compileModel(parts.compiled.model) : parts.compiled;
  const { texts } = compiled.compiler;
  texts.makeRoomFor(size);
  const rules: Rule[] = [];
  for (const segment of segments.slice(from)) {
    for (const rule of segment.rules()) {
      if (from === 0) {
        // It is known to be right. What it holds is read here, and not by the first who is decided about.
        texts.takePatterns(rule.values, parts.compiled.compiler.texts);
        compiled.readRule({ ...rule, key: compiled.model.ruleKey }, rule.position);
      }
      rules.push(rule);
      if (turns.isOver()) await turns.end();
    }
  }
  const rewritten = rules.length === 0 ? [] : [await turns.finish(Segment.build(compiled, rules))];
  return { compiled, segments: [...segments.slice(0, from), ...rewritten] };
}
