import { type Decision, defaultTenant, type User } from '@agentflow/core';
import { certainEffect, type Explanation } from '@agentflow/policy';
import { isRoleName } from '../subject-name.js';
import { type Asker, createAsker } from './asker.js';
import type { InspectedPolicy } from './inspected-policy.js';
import type { RecordedDecision } from './recorded-decision.js';

/** A policy, and what it may become. */
export interface Policies {
  readonly current: InspectedPolicy;
  readonly candidate: InspectedPolicy;
}

/** What both policies say to what was asked, or what that depends on that is not recorded. */
export type Answer = Question &
  (
    | { readonly before: Decision; readonly after: Decision; readonly dependsOn?: undefined }
    | { readonly dependsOn: 'roles' | 'claims' }
  );

interface Question {
  /** The same for the same question. */
  readonly key: string;
  readonly who: string;
  /** Null where neither policy asks for it. */
  readonly on: string | null;
}

/** So many are kept: the same is asked again and again. */
const maxKept = 20_000;

export function createAnswers(policies: Policies): (decision: RecordedDecision) => Answer {
  const asksId = policies.current.names.asksId || policies.candidate.names.asksId;
  const kept = new Map<string, Answer>();
  return (decision) => {
    const { tenant, realm, subject, roles, resource, action, many, effect } = decision;
    const id = asksId ? decision.id : undefined;
    // Where the roles are not known, what was answered stands for what the current policy says.
    const before = roles === undefined ? effect : null;
    const key = JSON.stringify([tenant, realm, subject, roles ?? null, resource, action, id, many, before]);
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= maxKept) kept.clear();
    const asked = { ...decision, id };
    const answer = {
      ...{ key, on: id ?? null },
      ...(roles === undefined ? answerWithoutRoles(policies, asked) : answerWithRoles(policies, asked, roles)),
    };
    kept.set(key, answer);
    return answer;
  };
}

type Answered<T = Answer> = T extends unknown ? Omit<T, 'key' | 'on'> : never;

function answerWithRoles(
  { current, candidate }: Policies,
  decision: RecordedDecision,
  roles: readonly string[],
): Answered {
  const { user, label } = askerOf(candidate, decision, roles.filter(isRoleName));
  const [before, after] = [current, candidate].map((policy) => askPolicy(policy, user, decision));
  if (before === undefined || after === undefined) return { who: label, dependsOn: 'claims' };
  return { who: label, before, after };
}

/** Undefined where it depends on claims. */
function askPolicy(
  { answers, names, knownEffect }: InspectedPolicy,
  user: User,
  { resource, action, id, many }: RecordedDecision,
): Decision | undefined {
  if (many) return names.asksClaims ? undefined : answers.decideAboutMany(user, resource, action);
  if (names.asksClaims && knownEffect({ user, permission: `${resource}:${action}`, id }) === undefined)
    return undefined;
  return answers.decide(user, resource, action, id);
}

/**
 * By a version that recorded no roles: asked with none and with all that the candidate knows. What is the same for both ends is the
 * same for all between.
 */
function answerWithoutRoles({ candidate }: Policies, decision: RecordedDecision): Answered {
  const { resource, action, id, effect, many } = decision;
  const bare = askerOf(candidate, decision, []);
  if (candidate.names.asksClaims) return { who: bare.label, dependsOn: 'claims' };
  // Of a list, more roles are more or fewer of it.
  if (many && candidate.names.asksId) return { who: bare.label, dependsOn: 'roles' };
  const rulesFor = ({ user }: Asker) => rulesOf(candidate.explain({ user, permission: `${resource}:${action}`, id }));
  const full = askerOf(candidate, decision, candidate.names.roles);
  const certain = certainEffect(candidate.policy, rulesFor(bare), rulesFor(full));
  if (certain === undefined) return { who: bare.label, dependsOn: 'roles' };
  const before = { effect, reason: `it was ${effect === 'allow' ? 'allowed' : 'denied'}` };
  return { who: bare.label, before, after: candidate.answers.decide(bare.user, resource, action, id) };
}

const rulesOf = ({ matches }: Explanation) => matches.map(({ rule }) => rule);

function askerOf(
  policy: InspectedPolicy,
  { tenant, realm, subject }: RecordedDecision,
  roles: readonly string[],
): Asker {
  return createAsker(policy, { subject, realm, roles, tenant: tenant === defaultTenant ? undefined : tenant });
}
