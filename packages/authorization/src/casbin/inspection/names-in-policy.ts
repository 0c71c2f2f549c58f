import { defaultTenant } from '@agentflow/core';
import { type Expression, type Policy, partsOf } from '@agentflow/policy';
import { factsOf } from '../matcher-facts.js';
import type { RequestField } from '../request-field.js';
import { isSubjectName, readSubjectName } from '../subject-name.js';

/** Every name that a policy speaks of, in the order of the alphabet. */
export interface NamesInPolicy {
  /** Bare names: what credentials or other lines give to somebody. */
  readonly roles: readonly string[];
  /** `user:alice` */
  readonly principals: readonly string[];
  /** The tenants of rules, and of principals whose names hold one. */
  readonly tenants: readonly string[];
  /** Of threads, tools or nodes. */
  readonly ids: readonly string[];
  /** A subject that no line names. */
  readonly stranger: string;
  /** Whether the model asks for the tenant itself (`r.dom`). */
  readonly asksTenant: boolean;
  /** Whether the model asks for the id. */
  readonly asksId: boolean;
  /** Whether it looks at claims: `r.sub.department`. */
  readonly asksClaims: boolean;
}

export function namesIn(policy: Policy): NamesInPolicy {
  const { model } = policy;
  const subjects = [...valuesOf('sub', policy)];
  const principals = subjects.filter(isSubjectName);
  const ofPrincipals = principals.map((name) => readSubjectName(name)?.tenant ?? defaultTenant);
  const parts = [...partsOf(model.matcher)];
  return {
    roles: sorted(subjects.filter((name) => !isSubjectName(name))),
    principals: sorted(principals),
    tenants: sorted([...valuesOf('dom', policy), ...ofPrincipals.filter((tenant) => tenant !== defaultTenant)]),
    ids: sorted([...valuesOf('id', policy)]),
    stranger: strangerAmong(principals),
    asksTenant: model.request.includes('dom'),
    asksId: model.request.includes('id'),
    asksClaims: parts.some((part) => part.type === 'eval' || (part.type === 'request' && part.path.length > 0)),
  };
}

/** A subject that none of these principals has. */
export function strangerAmong(principals: readonly string[]): string {
  const taken = new Set(principals.map((name) => readSubjectName(name)?.sub));
  let subject = 'somebody';
  for (let count = 2; taken.has(subject); count += 1) subject = `somebody-${count}`;
  return subject;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted();
}

/** What a field of the request would have to be for some rule or link, or for the matcher itself. */
function* valuesOf(field: RequestField, policy: Policy): Generator<string> {
  const { model } = policy;
  const { comparedWith, linkedWith, patterns } = factsOf(model);
  const isAbout = (name: string) => comparedWith.get(name)?.has(field) || linkedWith.get(name)?.has(field);
  const places = [...model.rule.entries()].filter(([, name]) => isAbout(name) === true && !patterns.has(name));
  for (const { values } of policy.rules()) {
    for (const [place] of places) if (values[place] !== '*') yield values[place] ?? '';
  }
  const isField = (part: Expression) =>
    part.type === 'request' && part.path.length === 0 && model.request[part.field] === field;
  const linked = new Set<string>();
  for (const part of partsOf(model.matcher)) {
    if (part.type === 'compare' && isField(part.left)) yield* textIn(part.right);
    if (part.type === 'compare' && isField(part.right)) yield* textIn(part.left);
    if (part.type !== 'link' || !isField(part.member)) continue;
    linked.add(part.name);
    yield* textIn(part.role);
  }
  for (const [index, name] of policy.parts.compiled.links.entries()) {
    for (const { member, role, domain } of policy.parts.graphs[index]?.links() ?? []) {
      if (linked.has(name)) yield* [member, role];
      if (field === 'dom' && domain !== undefined) yield domain;
    }
  }
}

function textIn(part: Expression): readonly string[] {
  return part.type === 'literal' && typeof part.value === 'string' ? [part.value] : [];
}
