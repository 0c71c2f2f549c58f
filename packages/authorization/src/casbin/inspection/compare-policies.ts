import { allPermissions } from '@agentflow/protocol';
import type { Asker } from './asker.js';
import { type MatchReport, reportDeciding } from './decision-report.js';
import { askersOf, idsOf } from './enumeration.js';
import type { InspectedPolicy } from './inspected-policy.js';
import { type NamesInPolicy, strangerAmong } from './names-in-policy.js';

/** What somebody may do by one policy and not by another, all by the same two rules. */
export interface Change {
  readonly kind: 'gain' | 'loss';
  readonly who: string;
  readonly does: readonly string[];
  readonly on: string | null;
  /** By the current policy; null where no rule allows it. */
  readonly before: MatchReport | null;
  /** By the candidate. */
  readonly after: MatchReport | null;
}

export interface ComparisonReport {
  readonly changes: readonly Change[];
  /** Requests that were decided twice: each asker with each permission and each id. */
  readonly requests: number;
  readonly askers: number;
  readonly permissions: number;
  readonly ids: number;
  readonly gained: number;
  readonly lost: number;
}

/** Holds a candidate against the current policy, over all that can be enumerated of either: no two roles together, and no claims. */
export function comparePolicies(current: InspectedPolicy, candidate: InspectedPolicy): ComparisonReport {
  const names = joined(current.names, candidate.names);
  const [askers, ids] = [askersOf({ names }), idsOf({ names })];
  const changes: Change[] = [];
  for (const asker of askers) for (const id of ids) changes.push(...changesFor(current, candidate, { asker, id }));
  const count = (kind: Change['kind']) =>
    changes.reduce((sum, change) => (change.kind === kind ? sum + change.does.length : sum), 0);
  return {
    changes,
    requests: askers.length * allPermissions.length * ids.length,
    ...{ askers: askers.length, permissions: allPermissions.length, ids: ids.length },
    ...{ gained: count('gain'), lost: count('loss') },
  };
}

function changesFor(
  current: InspectedPolicy,
  candidate: InspectedPolicy,
  { asker, id }: { readonly asker: Asker; readonly id: string | undefined },
): readonly Change[] {
  const changes = new Map<string, Change & { readonly does: string[] }>();
  for (const permission of allPermissions) {
    const question = { user: asker.user, permission, id };
    if (current.decide(question).effect === candidate.decide(question).effect) continue;
    const [before, after] = [current, candidate].map((one) => reportDeciding(one, { asker, permission, id }));
    if (before === undefined || after === undefined) continue;
    const kind = after.effect === 'allow' ? 'gain' : 'loss';
    const key = [kind, before.decided_by?.place, after.decided_by?.place].join(' ');
    const change = changes.get(key) ?? {
      ...{ kind, who: asker.label, does: [], on: id ?? null },
      ...{ before: before.decided_by, after: after.decided_by },
    };
    changes.set(key, change);
    change.does.push(permission);
  }
  return [...changes.values()];
}

/** What either of two policies speaks of. */
function joined(one: NamesInPolicy, other: NamesInPolicy): NamesInPolicy {
  const both = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].toSorted();
  const principals = both(one.principals, other.principals);
  return {
    ...{ principals, stranger: strangerAmong(principals) },
    roles: both(one.roles, other.roles),
    tenants: both(one.tenants, other.tenants),
    ids: both(one.ids, other.ids),
    asksTenant: one.asksTenant || other.asksTenant,
    asksId: one.asksId || other.asksId,
    asksClaims: one.asksClaims || other.asksClaims,
  };
}
