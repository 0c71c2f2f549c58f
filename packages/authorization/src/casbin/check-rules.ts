import { resourceNamed, suggest, vocabularyFault } from '@agentflow/core';
import { actionsByResource } from '@agentflow/protocol';
import type { Model } from './model.js';
import type { PolicyLine } from './policy-csv.js';
import type { LineFault } from './policy-fault.js';
import { isSubjectName } from './subject-name.js';

/** A rule with one value for each field of the model. */
export interface Rule {
  readonly values: readonly string[];
  readonly line: number;
}

/** That somebody has a role, or that a role has those of another; in one tenant, where the model has tenants. */
export interface Group {
  readonly member: string;
  readonly role: string;
  readonly tenant: string | undefined;
}

export interface CheckedRules {
  readonly rules: readonly Rule[];
  readonly groups: readonly Group[];
  readonly faults: readonly LineFault[];
}

type Fault = Omit<LineFault, 'line'>;

/** Holds the lines of a policy against its model: whatever could never apply is a fault, above all in a deny. */
export function checkRules(lines: readonly PolicyLine[], model: Model): CheckedRules {
  const rules: Rule[] = [];
  const groups: Group[] = [];
  const faults: LineFault[] = [];
  for (const { section, fields, line } of lines) {
    if (section === 'g') {
      const fault = groupFault(fields, model);
      const [member = '', role = '', tenant] = fields;
      if (fault === undefined) groups.push({ member, role, tenant });
      else faults.push({ line, ...fault });
    } else {
      const values = readValues(fields, model);
      const fault = ruleFault(values, model);
      if (fault === undefined) rules.push({ values, line });
      else faults.push({ line, ...fault });
    }
  }
  return { rules, groups, faults };
}

function groupFault(fields: readonly string[], { matcher }: Model): Fault | undefined {
  const [, role = ''] = fields;
  if (matcher.groupArity === undefined) {
    return { message: 'the model has no roles', remedy: 'Add [role_definition], and g(r.sub, p.sub) to the matcher.' };
  }
  if (fields.length !== matcher.groupArity) {
    const form = matcher.groupArity === 2 ? 'g, user:alice, admin' : 'g, user:alice, admin, tenant';
    return {
      message: `"g" has ${fields.length} fields here, and ${matcher.groupArity} in the model`,
      remedy: `Write "${form}".`,
    };
  }
  if (fields.some((field) => field.includes('*'))) {
    return { message: '"*" means nothing in "g"', remedy: 'Write a rule for "*", or a line for each.' };
  }
  if (!isSubjectName(role)) return undefined;
  return {
    message: `"${role}" is a principal, not a role`,
    remedy: 'Write "g, user:alice, admin": who, then the role.',
  };
}

/** With the words of the vocabulary for their other names, and with the `allow` that may be left out at the end. */
function readValues(fields: readonly string[], { rule, matcher }: Model): readonly string[] {
  const whole = rule.at(-1) === 'eft' && fields.length === rule.length - 1 ? [...fields, 'allow'] : fields;
  return whole.map((value, index) =>
    matcher.comparedWith.get(rule[index] ?? '')?.has('obj') ? resourceNamed(value) : value,
  );
}

function ruleFault(values: readonly string[], model: Model): Fault | undefined {
  const { rule } = model;
  if (values.length !== rule.length) {
    const form = `p, ${rule.join(', ')}`;
    return {
      message: `a rule has ${values.length} fields here, and ${rule.length} in the model`,
      remedy: `Write "${form}".`,
    };
  }
  for (const [index, name] of rule.entries()) {
    const fault = valueFault(name, values[index] ?? '', model);
    if (fault !== undefined) return fault;
  }
  return vocabularyFaultOf(values, model);
}

function valueFault(name: string, value: string, { matcher, knowsDeny }: Model): Fault | undefined {
  if (name === 'eft') {
    if (value !== 'allow' && value !== 'deny') {
      return { message: `"${value}" is no effect`, remedy: suggest(value, ['allow', 'deny']) };
    }
    if (knowsDeny || value === 'allow') return undefined;
    const remedy = 'Write "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))" in the model.';
    return { message: 'the effect of the model passes over deny rules', remedy };
  }
  if (name === 'priority' && !/^-?\d{1,9}$/.test(value)) {
    return { message: `"${value}" is no priority`, remedy: 'Write an integer; the lowest comes first.' };
  }
  if (value.includes('*')) return patternFault(name, value, matcher);
  const isSubject = matcher.comparedWith.get(name)?.has('sub') === true;
  if (!isSubject || matcher.groupArity !== undefined || isSubjectName(value)) return undefined;
  return { message: `"${value}" is nobody's name in a model without roles`, remedy: `Write "user:${value}".` };
}

function patternFault(name: string, value: string, { patterns, wildcards }: Model['matcher']): Fault | undefined {
  if (patterns.has(name)) {
    if (value.indexOf('*') === value.length - 1) return undefined;
    return { message: `"${value}" has a "*" that is not at its end`, remedy: 'A "*" at the end stands for any rest.' };
  }
  if (wildcards.has(name)) {
    if (value === '*') return undefined;
    return { message: `"${value}" is no pattern here`, remedy: 'Write "*" alone for any, or a whole word.' };
  }
  return {
    message: `"*" means nothing in "${name}" of this model`,
    remedy: `Add \`p.${name} == "*" ||\` to the matcher.`,
  };
}

/** What is compared with the resource or the action of a request must be able to be equal to one. */
function vocabularyFaultOf(values: readonly string[], { rule, matcher }: Model): Fault | undefined {
  const valueFor = (field: string) => {
    const index = rule.findIndex((name) => matcher.comparedWith.get(name)?.has(field));
    const value = values[index] ?? '*';
    return { value, isPattern: value.endsWith('*') && value !== '*' };
  };
  const resource = valueFor('obj');
  const action = valueFor('act');
  const resources = Object.keys(actionsByResource);
  if (resource.isPattern && !resources.some((one) => one.startsWith(resource.value.slice(0, -1)))) {
    return { message: `no resource begins like "${resource.value}"`, remedy: `Known: ${resources.join(', ')}.` };
  }
  const actions = Object.values(actionsByResource).flat();
  if (action.isPattern && !actions.some((one) => one.startsWith(action.value.slice(0, -1)))) {
    return {
      message: `no action begins like "${action.value}"`,
      remedy: `Known: ${[...new Set(actions)].join(', ')}.`,
    };
  }
  return vocabularyFault(resource.isPattern ? '*' : resource.value, action.isPattern ? '*' : action.value);
}
