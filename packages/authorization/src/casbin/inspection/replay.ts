import { compareDecisions, type Decision, type DecisionChange, type KeptDecision } from '@agentflow/core';
import { type RecordedDecision, recordedDecisions } from './recorded-decision.js';
import { type Answer, createAnswers, type Policies } from './replayed-answer.js';

/** What a candidate would have answered to what was asked, beside what the current policy answers. */
export interface ReplayReport {
  /** Decisions by the policy. All numbers are of decisions, each as often as it was made. */
  readonly decisions: number;
  readonly replayed: number;
  /** Those that depend on roles of the credential, recorded by a version that recorded none. */
  readonly by_roles: number;
  /** Those that depend on claims, which are not recorded. */
  readonly by_claims: number;
  /** Those that the current policy answers otherwise than it was answered: it has changed since. */
  readonly changed_since: number;
  /** What was not decided by this policy, and is none of these decisions. */
  readonly by_others: number;
  readonly gained: number;
  readonly lost: number;
  /** Lists of others, neither more nor fewer. */
  readonly other: number;
  /** The most frequent first. */
  readonly changes: readonly RecordedChange[];
  /** What depends on something that is not recorded, the most frequent first. */
  readonly open: readonly OpenQuestion[];
}

interface Asked {
  readonly who: string;
  readonly does: string;
  readonly on: string | null;
  /** Whether it was asked about all that there are. */
  readonly many: boolean;
  /** How often. */
  readonly times: number;
}

export interface RecordedChange extends Asked {
  readonly kind: DecisionChange;
  readonly before: AnswerReport;
  readonly after: AnswerReport;
}

export interface OpenQuestion extends Asked {
  readonly depends_on: 'roles' | 'claims';
}

export interface AnswerReport {
  readonly effect: 'allow' | 'deny';
  /** `policy.csv:3` */
  readonly policy_id: string | null;
  readonly reason: string;
}

/** Asks both policies again what was asked, and compares their answers. */
export async function replay(policies: Policies, kept: AsyncIterable<KeptDecision>): Promise<ReplayReport> {
  const { file } = policies.current;
  const answerOf = createAnswers(policies);
  const count = { decisions: 0, replayed: 0, changedSince: 0, byOthers: 0, roles: 0, claims: 0 };
  const kinds = { gain: 0, loss: 0, other: 0 };
  const changes = createTally<RecordedChange>();
  const open = createTally<OpenQuestion>();
  const add = (decision: RecordedDecision) => {
    const { times, effect } = decision;
    count.decisions += times;
    const answer = answerOf(decision);
    if (answer.dependsOn !== undefined) {
      count[answer.dependsOn] += times;
      open.add(answer.key, times, () => ({ ...askedOf(decision, answer), depends_on: answer.dependsOn }));
      return;
    }
    const { before, after } = answer;
    count.replayed += times;
    if (before.effect !== effect) count.changedSince += times;
    const kind = compareDecisions(before, after);
    if (kind === undefined) return;
    kinds[kind] += times;
    changes.add(answer.key, times, () => ({
      ...{ kind, ...askedOf(decision, answer), before: answerReport(before), after: answerReport(after) },
    }));
  };
  for await (const one of kept) {
    const decisions = recordedDecisions(file, one);
    if (decisions.length === 0) count.byOthers += one.count;
    for (const decision of decisions) add(decision);
  }
  return {
    ...{ decisions: count.decisions, replayed: count.replayed, by_roles: count.roles, by_claims: count.claims },
    ...{ changed_since: count.changedSince, by_others: count.byOthers },
    ...{ gained: kinds.gain, lost: kinds.loss, other: kinds.other },
    ...{ changes: changes.mostFrequentFirst(), open: open.mostFrequentFirst() },
  };
}

function askedOf({ resource, action, many }: RecordedDecision, { who, on }: Answer): Omit<Asked, 'times'> {
  return { who, does: `${resource}:${action}`, on, many };
}

function answerReport({ effect, policyId, reason }: Decision): AnswerReport {
  return { effect, policy_id: policyId ?? null, reason };
}

/** Counts what is alike. */
export function createTally<T extends { readonly times: number }>() {
  const counted = new Map<string, { readonly one: Omit<T, 'times'>; times: number }>();
  return {
    add(key: string, times: number, describe: () => Omit<T, 'times'>): void {
      const known = counted.get(key);
      if (known === undefined) counted.set(key, { one: describe(), times });
      else known.times += times;
    },
    mostFrequentFirst(): readonly T[] {
      const all = [...counted.values()].map(({ one, times }) => ({ ...one, times }) as unknown as T);
      return all.toSorted((one, other) => other.times - one.times);
    },
  };
}
