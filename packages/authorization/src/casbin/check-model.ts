import { suggest } from '@agentflow/core';
import { type Expression, filterFault, type Model, PolicyError, type PolicyFault, partsOf } from '@agentflow/policy';
import { factsOf } from './matcher-facts.js';
import { requestFieldNamed, requestFields } from './request-field.js';

/**
 * What a model must be here, beyond being one of Casbin's: about our requests, and closed where it says nothing.
 * @throws {PolicyError}
 */
export function checkModel(model: Model): void {
  const { lines } = model;
  const refuse = (line: number, message: string, remedy: string): never => {
    throw new PolicyError([{ line, message, remedy }]);
  };
  for (const field of model.request) {
    if (requestFieldNamed(field) === undefined) {
      refuse(lines.request, `a request has no "${field}"`, suggest(field, requestFields));
    }
  }
  for (const required of ['sub', 'obj', 'act']) {
    if (!model.request.includes(required))
      refuse(lines.request, `"${required}" is missing`, 'Write "r = sub, obj, act".');
  }
  if (model.effect === 'deny') {
    const remedy =
      'Write "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))": a deny beats every allow.';
    refuse(lines.effect, 'this effect allows what no rule speaks of', remedy);
  }
  const [unused] = model.unused;
  if (unused !== undefined) refuse(unused.line, `"${unused.key}" would never be asked`, 'Keep one definition of each.');
  if (!looksAtRules(model.matcher)) {
    refuse(lines.matcher, 'the matcher looks at no field of a rule', 'Compare with "p.sub", "p.obj" or "p.act".');
  }
  const fault = conditionFault(model.matcher, model) ?? listFault(model.matcher, model);
  if (fault !== undefined) refuse(lines.matcher, `the matcher ${fault.message}`, fault.remedy);
  const { links } = factsOf(model);
  for (const name of model.links.keys()) {
    if (links.has(name)) continue;
    const remedy = `Ask ${name}(r.sub, p.sub) in the matcher, or take "${name} = …" out.`;
    refuse(lines.matcher, `"${name}" is defined, and the matcher never asks for it`, remedy);
  }
}

function looksAtRules(matcher: Expression): boolean {
  return [...partsOf(matcher)].some(({ type }) => type === 'rule' || type === 'eval');
}

/** What a matcher, or a condition in a rule, may not say here. The message goes on after "the matcher", or "the condition". */
export function conditionFault(condition: Expression, { request }: Model): Omit<PolicyFault, 'line'> | undefined {
  if (conditionsIn(condition).some(({ type }) => type === 'literal' || type === 'rule' || type === 'request')) {
    const message = 'has a part that is neither a comparison nor a call';
    return { message, remedy: 'A text alone is always true. Compare it: r.obj == p.obj.' };
  }
  for (const part of partsOf(condition)) {
    const field = part.type === 'request' && part.path.length > 0 ? request[part.field] : undefined;
    if (field === undefined || field === 'sub') continue;
    const message = `asks for an attribute of "r.${field}", which has none`;
    return { message, remedy: 'Attributes are those of the principal: r.sub.department.' };
  }
  return undefined;
}

/** One policy answers about a thread and about a list of them: what a database could not be asked is not taken. */
export function listFault(condition: Expression, model: Model): Omit<PolicyFault, 'line'> | undefined {
  const id = model.request.indexOf('id');
  const fault = id === -1 ? undefined : filterFault(model, condition, id);
  if (fault === undefined) return undefined;
  const remedy = 'Of ids ask r.id == p.id, r.id in ("a", "b"), keyMatch(r.id, p.id) or g2(r.id, p.id).';
  return { message: `cannot be asked which threads and memories there are: of "r.id", ${fault}`, remedy };
}

/** Where something is true or false. */
function conditionsIn(expression: Expression): readonly Expression[] {
  if (expression.type === 'and' || expression.type === 'or') return expression.parts.flatMap(conditionsIn);
  return expression.type === 'not' ? conditionsIn(expression.of) : [expression];
}
