import { type CompiledModel, compileModel } from './compiled-model.js';
import { scanFault } from './lookup/scan.js';
import { Segment } from './lookup/segment.js';
import type { Model } from './model/model.js';
import { Policy } from './policy.js';
import { PolicyError, type PolicyFault } from './policy-error.js';
import { findCircle } from './roles/find-circle.js';
import { circleFault, readLink } from './roles/read-link.js';
import { RoleGraph, type RoleLink } from './roles/role-graph.js';
import { keyOf, type PolicyLine, type Rule } from './rules/rule.js';
import { Turns } from './turns.js';

/**
 * Makes a policy of a model and its lines (or of what is wrong with them), in turns: whatever else the process does goes on meanwhile.
 * @throws {PolicyError} with the lines of all that is wrong
 */
export async function buildPolicy(model: Model, lines: Iterable<PolicyLine | PolicyFault>): Promise<Policy> {
  const turns = new Turns();
  const compiled = compileModel(model);
  const { rules, links, faults, count } = await readLines(compiled, lines, turns);
  const graphs: RoleGraph[] = [];
  for (const name of compiled.links) graphs.push(await buildGraph(name, links.get(name) ?? [], { faults, turns }));
  const scanned = scanFault(compiled, rules.length);
  if (scanned !== undefined) faults.push(scanned);
  if (faults.length > 0) throw new PolicyError(faults);
  const segment = await turns.finish(Segment.build(compiled, rules));
  return new Policy({ compiled, graphs, segments: [segment], nextPosition: count });
}

async function readLines(compiled: CompiledModel, lines: Iterable<PolicyLine | PolicyFault>, turns: Turns) {
  const { model, readRule, compiler } = compiled;
  const unused = new Set(model.unused.map(({ key }) => key));
  // What is there twice is one rule: else it would still be there after it was removed.
  const rules = new Map<string, Rule>();
  const links = new Map<string, RoleLink[]>(compiled.links.map((name) => [name, []]));
  const faults: PolicyFault[] = [];
  let count = 0;
  for (const line of lines) {
    const position = count++;
    if (turns.isOver()) await turns.end();
    if ('message' in line) {
      faults.push(line);
      continue;
    }
    const ofLink = links.get(line.key);
    if (line.key === model.ruleKey) {
      compiler.texts.makeRoomFor(rules.size + 1);
      const rule = readRule(line, position);
      if ('message' in rule) faults.push({ line: line.line, ...rule });
      else keepFirst(rules, rule);
    } else if (ofLink !== undefined) {
      const link = readLink(line, model.links.get(line.key) ?? 2);
      if ('message' in link) faults.push({ line: line.line, ...link });
      else ofLink.push(link);
    } else if (!unused.has(line.key)) {
      const known = [model.ruleKey, ...compiled.links].join('", "');
      const remedy = `The model has "${known}".`;
      faults.push({ line: line.line, message: `there is no section "${line.key}" in the model`, remedy });
    }
  }
  return { rules: [...rules.values()], links, faults, count };
}

function keepFirst(rules: Map<string, Rule>, rule: Rule): void {
  const key = keyOf(rule);
  if (!rules.has(key)) rules.set(key, rule);
}

async function buildGraph(
  name: string,
  links: readonly RoleLink[],
  { faults, turns }: { readonly faults: PolicyFault[]; readonly turns: Turns },
): Promise<RoleGraph> {
  const graph = await turns.finish(RoleGraph.build(links));
  const circle = await turns.finish(findCircle(graph, links));
  if (circle !== undefined) faults.push(circleFault(name, circle));
  return graph;
}
