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

/** Something large is written anew when an eighth of it has changed: then each change has paid for eight rules or links. */
const share = 8;

/** Whatever came after the first segment is much less, and is written anew the sooner: then decisions look at fewer of them. */
const shareOfLater = 64;

/** Which part of a segment has to change for it to be written anew, by its place. */
export function shareAt(place: number): number {
  return place === 0 ? share : shareOfLater;
}

/** @param least only tests ask for fewer changes than are worth the while */
export function planCompaction(
  { segments, graphs }: { readonly segments: readonly Segment[]; readonly graphs: readonly RoleGraph[] },
  least: number = leastChanges,
): CompactionPlan {
  const isWorn = (size: number, changes: number, ofIt = share) => changes >= Math.max(least, size / ofIt);
  let from = segments.length;
  // Of a segment, what was removed from it and what came after it.
  let later = 0;
  for (let at = segments.length - 1; at >= 0; at -= 1) {
    const { size = 0, removed = 0 } = segments[at] ?? {};
    if (isWorn(size, later + removed, shareAt(at))) from = at;
    later += size + removed;
  }
  return { from, graphs: [...graphs.keys()].filter((at) => isWorn(graphs[at]?.size ?? 0, graphs[at]?.changes ?? 0)) };
}
