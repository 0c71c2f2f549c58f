import { allow, type Decision, defaultTenant, deny, type User } from '@agentflow/core';
import { type Enforcer, newEnforcer, type RoleManager } from 'casbin';
import { noteBareDenials } from './bare-denials.js';
import { createCandidates } from './candidates.js';
import type { CheckedRules, Rule } from './check-rules.js';
import type { Model } from './model.js';
import type { RequestField } from './request-field.js';
import { createNamesOfUser } from './roles-of-user.js';
import { subjectName } from './subject-name.js';

/** A policy that is loaded whole, and never changes: a changed file becomes another one. */
export interface Policy {
  readonly size: number;
  /** What its author may have meant otherwise, one line each. */
  readonly notices: readonly string[];
  /** @throws {TypeError} if what is asked is not made of texts */
  decide(user: User, resource: string, action: string, resourceId: string | undefined): Decision;
}

/** One synchronous call of casbin, and who it is about meanwhile. */
interface Asked {
  names: ReadonlySet<string>;
}

/** Puts a model and its rules into an enforcer that nobody has seen yet. `file` names the rules in reasons. */
export async function createPolicy(
  model: Model,
  { rules, groups }: Pick<CheckedRules, 'rules' | 'groups'>,
  file: string,
): Promise<Policy> {
  const asked: Asked = { names: new Set() };
  const lines = new Map<readonly string[], number>();
  const { enforcer, ordered, lend } = await createEnforcer(model, rules, asked, lines);
  // Where a rule names the tenant, a name need not.
  const nameOf = (user: User) => subjectName(model.request.includes('dom') ? { ...user, tenant: defaultTenant } : user);
  const namesOf = createNamesOfUser(groups, nameOf);
  const candidatesFor = createCandidates(model.rule, model.matcher.requirements, ordered);

  const decide: Policy['decide'] = (user, resource, action, resourceId) => {
    const request = readRequest(user, nameOf, resource, action, resourceId);
    const names = namesOf(user);
    const candidates = candidatesFor({ names, request });
    // Of no rules at all, casbin evaluates the matcher with empty texts for the fields of a rule.
    if (candidates.length === 0) return deny('no rule of the policy allows it');
    asked.names = names;
    lend(candidates);
    const [isAllowed, rule] = enforcer.enforceExSync(...model.request.map((field) => request[field]));
    const line = lines.get(rule);
    const place = line === undefined ? undefined : `${file}:${line}`;
    if (!isAllowed) return deny(place === undefined ? 'no rule of the policy allows it' : `${place} denies it`, place);
    return allow(`${place ?? file} allows it`, place);
  };
  const notices = noteBareDenials({ rules, groups }, model, file);
  return { size: rules.length + groups.length, notices, decide };
}

type Values = string[];

/** Casbin with a role manager of ours, and the rules in the order in which it looks at them. */
async function createEnforcer(
  model: Model,
  rules: readonly Rule[],
  asked: Asked,
  lines: Map<readonly string[], number>,
) {
  const enforcer: Enforcer = await newEnforcer(model.toCasbin());
  const assertion = enforcer.getModel().model.get('p')?.get('p');
  if (assertion === undefined) throw new Error('casbin has no place for rules');
  if (model.matcher.groupArity !== undefined) enforcer.setNamedRoleManager('g', createRoleManager(asked));
  const all = rules.map(({ values, line }): Values => {
    const own = [...values];
    lines.set(own, line);
    return own;
  });
  enforcer.setAdapter({
    loadPolicy: async () => {
      assertion.policy = all;
    },
    savePolicy: readOnly,
    addPolicy: readOnly,
    removePolicy: readOnly,
    removeFilteredPolicy: readOnly,
  });
  await enforcer.loadPolicy();
  const lend = (candidates: Values[]) => {
    assertion.policy = candidates;
  };
  return { enforcer, ordered: assertion.policy, lend };
}

async function readOnly(): Promise<never> {
  throw new Error('the policy is read from a file, and never written');
}

/**
 * Answers `g` for the one who is asked about. Casbin's own walks every way through the roles, stops without a word after
 * ten links, and keeps each tenant that a request names.
 */
function createRoleManager(asked: Asked): RoleManager {
  const nothing = async () => undefined;
  return {
    clear: nothing,
    addLink: nothing,
    deleteLink: nothing,
    printRoles: nothing,
    syncedHasLink: (_subject, role) => asked.names.has(role),
    hasLink: async (_subject, role) => asked.names.has(role),
    getRoles: async () => [],
    getUsers: async () => [],
    getDomains: async () => [],
    getAllDomains: async () => [],
  };
}

function readRequest(
  user: User,
  nameOf: (user: User) => string,
  resource: string,
  action: string,
  resourceId: string | undefined,
): Readonly<Record<RequestField, string>> {
  for (const field of ['realm', 'tenant', 'sub'] as const) requireText(user[field], field);
  return {
    sub: nameOf(user),
    dom: user.tenant,
    obj: requireText(resource, 'resource'),
    act: requireText(action, 'action'),
    id: requireText(resourceId ?? '', 'id'),
  };
}

/** Casbin compares with `==`, for which `['alice']` is `'alice'`. */
function requireText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`"${field}" of the request is not a text`);
}
