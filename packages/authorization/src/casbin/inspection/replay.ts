import { defaultTenant } from '@agentflow/core';
import { certainEffect, type Explanation } from '@agentflow/policy';
import { createAsker } from './asker.js';
import type { InspectedPolicy } from './inspected-policy.js';

/** A decision that a server has made, as far as it is recorded: without the roles and the claims of the credential. */
export interface RecordedDecision {
  readonly tenant: string;
  readonly realm: string;
  readonly subject: string;
  readonly resource: string;
  readonly action: string;
  readonly id: string | undefined;
  readonly effect: 'allow' | 'deny';
}

/** What a candidate would have answered, where that does not depend on what is not recorded. */
export interface ReplayReport {
  readonly decisions: number;
  /** Decisions that the candidate answers alike whatever roles the credential carried. */
  readonly replayed: number;
  /** Decisions whose answer depends on the roles of the credential. */
  readonly by_roles: number;
  /** Decisions whose answer may depend on claims: all of them, if the candidate asks for any. */
  readonly by_claims: number;
  readonly gained: number;
  readonly lost: number;
  /** The most frequent first. */
  readonly changes: readonly ReplayedChange[];
}

export interface ReplayedChange {
  readonly kind: 'gain' | 'loss';
  readonly who: string;
  readonly does: string;
  readonly on: string | null;
  /** How often it was asked. */
  readonly times: number;
}

/** Asks a candidate again what was asked, and compares its answers with those that were given. */
export function replay(candidate: InspectedPolicy, decisions: readonly RecordedDecision[]): ReplayReport {
  const changes = new Map<string, { -readonly [Key in keyof ReplayedChange]: ReplayedChange[Key] }>();
  const count = { replayed: 0, byRoles: 0, gain: 0, loss: 0 };
  const answers = new Map<string, Answer>();
  for (const decision of candidate.names.asksClaims ? [] : decisions) {
    const { effect: before, ...asked } = decision;
    const question = JSON.stringify(asked);
    const answer = answers.get(question) ?? answerOf(candidate, decision);
    answers.set(question, answer);
    if (answer.effect === undefined) {
      count.byRoles += 1;
      continue;
    }
    count.replayed += 1;
    if (answer.effect === before) continue;
    const kind = answer.effect === 'allow' ? 'gain' : 'loss';
    count[kind] += 1;
    const key = `${kind} ${question}`;
    const does = `${decision.resource}:${decision.action}`;
    const change = changes.get(key) ?? { kind, who: answer.who, does, on: decision.id ?? null, times: 0 };
    change.times += 1;
    changes.set(key, change);
  }
  return {
    ...{ decisions: decisions.length, replayed: count.replayed, by_roles: count.byRoles },
    by_claims: candidate.names.asksClaims ? decisions.length : 0,
    ...{ gained: count.gain, lost: count.loss },
    changes: [...changes.values()].toSorted((one, other) => other.times - one.times),
  };
}

interface Answer {
  readonly who: string;
  readonly effect: 'allow' | 'deny' | undefined;
}

/** With no role and with all that the candidate knows: what is the same for both ends is the same for all between. */
function answerOf(candidate: InspectedPolicy, decision: RecordedDecision): Answer {
  const { tenant, realm, subject, resource, action, id } = decision;
  const permission = `${resource}:${action}`;
  const [bare, full] = [[], candidate.names.roles].map((roles) =>
    createAsker(candidate, { subject, realm, roles, tenant: tenant === defaultTenant ? undefined : tenant }),
  );
  if (bare === undefined || full === undefined) return { who: subject, effect: undefined };
  const rules = ({ matches }: Explanation) => matches.map(({ rule }) => rule);
  const fewest = rules(candidate.explain({ user: bare.user, permission, id }));
  const most = rules(candidate.explain({ user: full.user, permission, id }));
  return { who: bare.label, effect: certainEffect(candidate.policy, fewest, most) };
}
