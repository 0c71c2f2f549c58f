import { resourceNamed, type UsableResource, unguardedFault, usableResources, vocabularyFault } from '@agentflow/core';
import {
  ExpressionError,
  type Model,
  type Pattern,
  PatternError,
  type PolicyFault,
  type PolicyLine,
  parseCondition,
  patternFunctions,
  RecentTexts,
} from '@agentflow/policy';
import { actionsByResource } from '@agentflow/protocol';
import { conditionFault, listFault } from './check-model.js';
import { factsOf, type MatcherFacts } from './matcher-facts.js';
import type { RequestField } from './request-field.js';
import { isSubjectName } from './subject-name.js';

type Fault = Omit<PolicyFault, 'line'>;

type LineFacts = MatcherFacts & { readonly read: Readings };

export type LineCheck = (line: PolicyLine) => PolicyLine | PolicyFault;

/**
 * Holds a line against what our requests are: whatever could never apply is a fault, above all in a deny. Gives the line with
 * the words of the vocabulary for their other names.
 */
export function createLineCheck(model: Model, guarded?: ReadonlySet<UsableResource>): LineCheck {
  const facts = { ...factsOf(model), read: createReadings(model) };
  return (line) => {
    if (line.key === model.ruleKey) {
      const values = line.values.map((value, index) => ownWord(value, model.rule[index] ?? '', facts));
      const fault = ruleFault(values, model, facts) ?? useFault(values, model, facts, guarded);
      return fault === undefined ? { ...line, values } : { line: line.line, ...fault };
    }
    const fault = linkFault(line, model);
    return fault === undefined ? line : { line: line.line, ...fault };
  };
}

function linkFault({ key, values }: PolicyLine, { links }: Model): Fault | undefined {
  if (key === 'g' && links.size === 0) {
    return { message: 'the model has no roles', remedy: 'Add [role_definition], and g(r.sub, p.sub) to the matcher.' };
  }
  if (!links.has(key)) return undefined;
  if (values.some((value) => value.includes('*'))) {
    return { message: `"*" means nothing in "${key}"`, remedy: 'Write a rule for "*", or a line for each.' };
  }
  const [, role = ''] = values;
  if (!isSubjectName(role)) return undefined;
  const message = `"${role}" is a principal, not a role`;
  return { message, remedy: `Write "${key}, user:alice, admin": who, then the role.` };
}

/** `checkpointer`, for `threads`. */
function ownWord(value: string, field: string, { comparedWith }: MatcherFacts): string {
  return comparedWith.get(field)?.has('obj') === true ? resourceNamed(value) : value;
}

function ruleFault(values: readonly string[], model: Model, facts: LineFacts): Fault | undefined {
  for (const [index, value] of values.entries()) {
    const fault = valueFault(model.rule[index] ?? '', value, model, facts);
    if (fault !== undefined) return fault;
  }
  return resourceFault(values, model, facts);
}

function valueFault(name: string, value: string, model: Model, facts: LineFacts): Fault | undefined {
  if (name === 'eft') {
    if (value !== 'deny' || model.effect !== 'allow') return undefined;
    const remedy = 'Write "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))" in the model.';
    return { message: 'the effect of the model passes over deny rules', remedy };
  }
  if (facts.conditions.has(name)) return facts.read.conditionFault(value);
  if (value.includes('"') && !facts.patterns.has(name)) {
    return {
      message: `there is a quote in ${value}`,
      remedy: 'Write names without quotes, or quotes around the whole name.',
    };
  }
  if (value.includes('*')) return starFault(name, value, facts);
  const isSubject = facts.comparedWith.get(name)?.has('sub') === true && !facts.patterns.has(name);
  if (!isSubject || facts.linkedWith.has(name) || isSubjectName(value)) return undefined;
  return { message: `"${value}" is nobody's name in a model without roles`, remedy: `Write "user:${value}".` };
}

/** A condition that cannot be read at all is told by whoever reads the rule. */
function readingFault(text: string, model: Model): Fault | undefined {
  try {
    const condition = parseCondition(text, model);
    const fault = conditionFault(condition, model) ?? listFault(condition, model);
    return fault === undefined ? undefined : { ...fault, message: `the condition ${fault.message}` };
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function starFault(name: string, value: string, { patterns, wildcards }: MatcherFacts): Fault | undefined {
  const functions = patterns.get(name);
  if (functions !== undefined) {
    if (!functions.has('keyMatch') || value.indexOf('*') === value.length - 1) return undefined;
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

const resources = Object.keys(actionsByResource);
const actions: readonly string[] = [...new Set(Object.values(actionsByResource).flat())];

/** What is compared with the resource or the action of a request must be able to be equal to one. */
function resourceFault(values: readonly string[], model: Model, facts: LineFacts): Fault | undefined {
  const resource = wordIn(values, 'obj', model, facts);
  const action = wordIn(values, 'act', model, facts);
  if (resource.isPattern && !resources.some((one) => resource.matches(one))) {
    const message = `no resource matches "${resource.value}"`;
    return { message, remedy: `Known: ${resources.join(', ')}.` };
  }
  if (action.isPattern && !actions.some((one) => action.matches(one))) {
    const message = `no action matches "${action.value}"`;
    return { message, remedy: `Known: ${actions.join(', ')}.` };
  }
  return vocabularyFault(resource.isPattern ? '*' : resource.value, action.isPattern ? '*' : action.value);
}

/** A rule about nodes or tools that nobody asks about; `*` is about whatever is asked. */
function useFault(
  values: readonly string[],
  model: Model,
  facts: LineFacts,
  guarded: ReadonlySet<UsableResource> | undefined,
): Fault | undefined {
  const resource = wordIn(values, 'obj', model, facts);
  const { value: action } = wordIn(values, 'act', model, facts);
  if (!resource.isPattern) return unguardedFault(`${resource.value}:${action}`, guarded);
  if (resources.every((one) => resource.matches(one))) return unguardedFault(`*:${action}`, guarded);
  const meant = usableResources.filter((one) => resource.matches(one));
  return meant.map((one) => unguardedFault(`${one}:${action}`, guarded)).find((fault) => fault !== undefined);
}

/** What a rule says of a field of our requests: one word, a pattern, or nothing: then any. */
function wordIn(values: readonly string[], field: RequestField, { rule }: Model, facts: LineFacts) {
  const index = rule.findIndex((name) => facts.comparedWith.get(name)?.has(field) === true);
  const name = rule[index] ?? '';
  const value = facts.linkedWith.has(name) ? '*' : (values[index] ?? '*');
  const functions = [...(facts.patterns.get(name) ?? [])];
  const isPattern = functions.length > 0 && value !== '*';
  const matches = (word: string) => functions.some((one) => facts.read.pattern(one, value)?.matches(word) ?? true);
  return { value, isPattern, matches };
}

/** What a rule holds is looked at more than once, and read once: a regular expression takes a tenth of a millisecond. */
interface Readings {
  /** Undefined for what cannot be read: that is told by whoever reads the rule. */
  readonly pattern: (name: string, text: string) => Pattern | undefined;
  readonly conditionFault: (text: string) => Fault | undefined;
}

/** As many as one change of a policy holds: it is checked more than once. */
const roomForTexts = 2_000;

/** A policy in the database is checked as long as the server runs: what it held long ago is not kept. */
function createReadings(model: Model): Readings {
  const patterns = new Map<string, RecentTexts<Read<Pattern>>>();
  const faults = remember((text) => readingFault(text, model));
  return {
    pattern(name, text) {
      const known = patterns.get(name) ?? remember((pattern) => readPattern(name, pattern));
      patterns.set(name, known);
      return known.get(text).value;
    },
    conditionFault: (text) => faults.get(text).value,
  };
}

interface Read<T> {
  readonly value: T | undefined;
}

function remember<T>(read: (text: string) => T | undefined): RecentTexts<Read<T>> {
  const known = new RecentTexts((text) => ({ value: read(text) }));
  known.makeRoomFor(roomForTexts);
  return known;
}

function readPattern(name: string, text: string): Pattern | undefined {
  try {
    return patternFunctions.get(name)?.(text);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}
