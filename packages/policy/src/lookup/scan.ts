import type { CompiledModel } from '../compiled-model.js';
import type { PolicyFault } from '../policy-error.js';

/** Where an index is of no help, each decision looks at each rule: at most at so many. */
export const maxRulesScanned = 5_000;

/** Whether a decision has to look at every rule: an access path without columns offers nothing to an index. */
export function scansRules({ paths }: CompiledModel): boolean {
  return paths.some((path) => path.looksAtRules && path.columns.length === 0);
}

export function scanFault(compiled: CompiledModel, rules: number): PolicyFault | undefined {
  if (!scansRules(compiled) || rules <= maxRulesScanned) return undefined;
  const message = `this matcher has to look at all ${rules} rules for each decision, and at most ${maxRulesScanned} are taken`;
  const remedy = 'Join parts that compare a field of the rule with the request by &&: g(r.sub, p.sub), r.obj == p.obj.';
  return { message: `${message} (line ${compiled.model.lines.matcher} of the model)`, remedy };
}
