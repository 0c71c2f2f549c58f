import type { RoleLink, Rule } from '@agentflow/policy';
import { isSubjectName, readSubjectName } from '../../subject-name.js';
import type { InspectedPolicy } from '../inspected-policy.js';
import type { Finding } from './finding.js';

interface SubjectLink extends RoleLink {
  readonly name: string;
}

/** Roles that no principal has by the policy, roles that no rule speaks of, and names that no principal can have. */
export function findIdleNames(inspected: InspectedPolicy): readonly Finding[] {
  const links = subjectLinks(inspected);
  const named = firstRules(inspected);
  const held = reachable(
    links.filter(({ member }) => isSubjectName(member)).map(({ role }) => role),
    links,
    ({ member, role }) => [member, role],
  );
  const useful = reachable([...named.keys()], links, ({ member, role }) => [role, member]);
  const ofRule = (rule: Rule, kind: Finding['kind'], message: string): Finding => {
    return { kind, place: inspected.placeOf(rule), rule: inspected.textOf(rule), message };
  };
  const findings: Finding[] = [];
  for (const [name, rule] of named) {
    if (isSubjectName(name) && readSubjectName(name) === undefined) {
      findings.push(ofRule(rule, 'nobody-is', `"${name}" is a name that no principal can have`));
    } else if (!isSubjectName(name) && !held.has(name)) findings.push(ofRule(rule, 'nobody-has', unheld(name, rule)));
  }
  for (const { name, member, role, domain } of links) {
    if (useful.has(role)) continue;
    const place = inspected.placeOfLink({ link: name, domain }, member, role) ?? inspected.file;
    const message = `the role ${role} gives nothing: no rule speaks of it, nor of a role that it has`;
    findings.push({
      kind: 'gives-nothing',
      place,
      rule: [name, member, role, domain].filter(Boolean).join(', '),
      message,
    });
  }
  return findings;
}

function unheld(name: string, { effect }: Rule): string {
  const what = `no line gives the role ${name} to a principal: only a credential could carry it`;
  return effect === 'deny' ? `${what}; to deny a principal, write user:${name}` : what;
}

/** The links about whoever asks. */
function subjectLinks({ policy, names }: InspectedPolicy): readonly SubjectLink[] {
  const known = new Set([...names.roles, ...names.principals]);
  return policy.parts.compiled.links.flatMap((name, index) =>
    [...(policy.parts.graphs[index]?.links() ?? [])]
      .filter(({ member, role }) => known.has(member) && known.has(role))
      .map((link) => ({ ...link, name })),
  );
}

/** The names that rules are about, each with its first rule. */
function firstRules({ policy, names }: InspectedPolicy): ReadonlyMap<string, Rule> {
  const known = new Set([...names.roles, ...names.principals]);
  const first = new Map<string, Rule>();
  for (const rule of [...policy.rules()].toSorted((one, other) => one.position - other.position)) {
    for (const value of rule.values) if (known.has(value) && !first.has(value)) first.set(value, rule);
  }
  return first;
}

/** All names that are reached from some, step by step. */
function reachable(
  from: readonly string[],
  links: readonly SubjectLink[],
  step: (link: SubjectLink) => readonly [string, string],
): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const [one, other] of links.map(step)) next.set(one, [...(next.get(one) ?? []), other]);
  const found = new Set(from);
  for (const name of found) for (const other of next.get(name) ?? []) found.add(other);
  return found;
}
