import { suggest } from '@agentflow/core';
import { type Model as CasbinModel, newModel } from 'casbin';
import { type Matcher, MatcherError, readMatcher } from './matcher.js';
import { type Definitions, type Letter, parseModel } from './model-text.js';
import { type LineFault, lineErrors, type NamedFile } from './policy-fault.js';
import { type RequestField, requestFieldNamed, requestFields } from './request-field.js';

/** A model that has been checked: nothing in it allows by default, or runs without end. */
export interface Model {
  readonly request: readonly RequestField[];
  readonly rule: readonly string[];
  readonly matcher: Matcher;
  /** Whether its effect looks at deny rules at all. */
  readonly knowsDeny: boolean;
  /** One of casbin's own, new each time, without rules. */
  toCasbin(): CasbinModel;
}

/** Casbin's effects, without spaces, and whether a deny rule denies under them. */
const effects: Readonly<Record<string, { readonly text: string; readonly knowsDeny: boolean }>> = {
  'some(where(p.eft==allow))': { text: 'some(where (p.eft == allow))', knowsDeny: false },
  'some(where(p.eft==allow))&&!some(where(p.eft==deny))': {
    text: 'some(where (p.eft == allow)) && !some(where (p.eft == deny))',
    knowsDeny: true,
  },
  'priority(p.eft)||deny': { text: 'priority(p.eft) || deny', knowsDeny: true },
};

/** @throws {ConfigurationError} with the lines of all that is wrong */
export function readModel(text: string, file: NamedFile): Model {
  const { definitions, faults } = parseModel(text);
  if (faults.length > 0) throw lineErrors(file, faults);
  const refuse = (letter: Letter, message: string, remedy: string): never => {
    const fault: LineFault = { line: definitions.get(letter)?.line, message, remedy };
    throw lineErrors(file, [fault]);
  };
  const request = readRequest(definitions, refuse);
  const rule = readFields(definitions, 'p', refuse);
  const effect = effects[textOf(definitions, 'e').replace(/\s/g, '')];
  if (effect === undefined) return refuse('e', ...unknownEffect(textOf(definitions, 'e')));
  const groupArity = readGroup(definitions, refuse);
  const toCasbin = () => buildCasbinModel(definitions, effect.text);
  const matcher = readCasbinMatcher(definitions, toCasbin, { request, rule }, refuse);
  if (matcher.groupArity !== groupArity) {
    return refuse('m', '[role_definition] and the g of the matcher differ', 'For g(r.sub, p.sub) write "g = _, _".');
  }
  return { request, rule, matcher, knowsDeny: effect.knowsDeny, toCasbin };
}

type Refuse = (letter: Letter, message: string, remedy: string) => never;

function textOf(definitions: Definitions, letter: Letter): string {
  return definitions.get(letter)?.text ?? '';
}

function readFields(definitions: Definitions, letter: 'r' | 'p', refuse: Refuse): readonly string[] {
  const fields = textOf(definitions, letter)
    .split(',')
    .map((field) => field.trim());
  if (fields.some((field) => !/^[a-z]\w*$/i.test(field)) || new Set(fields).size < fields.length) {
    return refuse(letter, 'this is no list of names, each once', `Write "${letter} = sub, obj, act".`);
  }
  return fields;
}

function readRequest(definitions: Definitions, refuse: Refuse): readonly RequestField[] {
  const fields = readFields(definitions, 'r', refuse).map((field): RequestField => {
    return requestFieldNamed(field) ?? refuse('r', `a request has no "${field}"`, suggest(field, requestFields));
  });
  for (const required of ['sub', 'obj', 'act'] as const) {
    if (!fields.includes(required)) refuse('r', `"${required}" is missing`, 'Write "r = sub, obj, act".');
  }
  return fields;
}

/** How many fields a line of `g` has. */
function readGroup(definitions: Definitions, refuse: Refuse): 2 | 3 | undefined {
  const definition = definitions.get('g');
  if (definition === undefined) return undefined;
  const text = definition.text.replace(/\s/g, '');
  if (text === '_,_') return 2;
  if (text === '_,_,_') return 3;
  return refuse('g', 'this is no definition of roles', 'Write "g = _, _", or "g = _, _, _" with tenants.');
}

function unknownEffect(text: string): [message: string, remedy: string] {
  const remedy = 'Write "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))": a deny beats every allow.';
  if (text.startsWith('!')) return ['this effect allows what no rule speaks of', remedy];
  return ['this effect is not known', remedy];
}

function readCasbinMatcher(
  definitions: Definitions,
  toCasbin: () => CasbinModel,
  fields: { readonly request: readonly string[]; readonly rule: readonly string[] },
  refuse: Refuse,
): Matcher {
  const text = textOf(definitions, 'm');
  // Casbin rewrites the text: these are what its rewriting gets wrong.
  const odd = /['$#;\\]/.exec(text)?.[0];
  if (odd !== undefined) return refuse('m', `the matcher has a ${odd}`, 'Write texts between double quotes.');
  try {
    const rewritten = toCasbin().model.get('m')?.get('m')?.value ?? '';
    return readMatcher(rewritten, fields);
  } catch (error) {
    if (error instanceof MatcherError) return refuse('m', error.message, error.remedy);
    throw error;
  }
}

function buildCasbinModel(definitions: Definitions, effect: string): CasbinModel {
  const model = newModel();
  for (const [letter, { text }] of definitions) model.addDef(letter, letter, letter === 'e' ? effect : text);
  return model;
}
