import type { Segment } from './lookup/segment.js';
import type { RoleGraph } from './roles/role-graph.js';

/** What of a policy is to be written anew. */
export interface CompactionPlan {
  /** The first of the segments that are made into one; as many as there are, if none is. */
  readonly from: number;
  /** The places of the graphs that are written anew. */
  readonly graphs: readonly number[];
}

/** So many changes are worth the while, however small the policy is. */
const leastChanges = 256;

/** What has changed by an eighth is written anew: then each change has paid for eight rules or links. */
export const changesShare = 8;

/** @param least only tests ask for fewer changes than are worth the while */
export function planCompaction(
  { segments, graphs }: { readonly segments: readonly Segment[]; readonly graphs: readonly RoleGraph[] },
  least: number = leastChanges,
): CompactionPlan {
  const isWorn = (size: number, changes: number) => changes >= Math.max(least, size / changesShare);
  let from = segments.length;
  // Of a segment, what was removed from it and what came after it.
  let later = 0;
  for (let at = segments.length - 1; at >= 0; at -= 1) {
    const { size = 0, removed = 0 } = segments[at] ?? {};
    if (isWorn(size, later + removed)) from = at;
    later += size + removed;
  }
  return { from, graphs: [...graphs.keys()].filter((at) => isWorn(graphs[at]?.size ?? 0, graphs[at]?.changes ?? 0)) };
}
