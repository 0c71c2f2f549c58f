import type { OwnerKey } from '../principal.js';

/** A line of a policy as it is written: `['p', 'user', 'graph', '*', 'allow']`, `['g', 'user:alice', 'admin']`. */
export type PolicyFields = readonly [key: string, ...values: string[]];

/** A line in its place: lines stand in the order of their ids. */
export interface StoredPolicyLine {
  readonly id: number;
  readonly fields: PolicyFields;
}

/** All lines as they were at one moment. */
export interface StoredPolicy {
  /** Counts the changes that there have been; 0 where nothing was ever kept. */
  readonly revision: number;
  readonly lines: readonly StoredPolicyLine[];
}

/** What one revision has changed. What it removed is removed before what it added is there. */
export interface StoredPolicyChange {
  readonly revision: number;
  readonly removed: readonly StoredPolicyLine[];
  readonly added: readonly StoredPolicyLine[];
}

/** Who changes a policy: a request's principal, or null for whoever has the database at hand. */
export interface PolicyAuthor {
  readonly principal: OwnerKey;
  readonly requestId: string;
}

export interface PolicyStoreChange {
  readonly remove: readonly PolicyFields[];
  readonly add: readonly PolicyFields[];
  readonly author: PolicyAuthor | null;
}

export interface PolicyPage {
  /** Only lines with a larger id. */
  readonly after: number;
  readonly limit: number;
  /** Part of any field, without regard to case. Empty means all. */
  readonly search: string;
}

/** The lines of the one policy that is kept in the database, and how it came to be what it is. */
export interface PolicyStore {
  read(): Promise<StoredPolicy>;
  /** In order, the earliest first; undefined where so many lines have changed that reading all of them is quicker. */
  changesSince(revision: number): Promise<readonly StoredPolicyChange[] | undefined>;
  /**
   * Changes the policy in one transaction, if it still is at the revision that the change was made for. What is there already is
   * not added twice, and what is not there need not be removed; where nothing is left to change there is no new revision.
   * @returns what has changed; undefined if it is not at that revision, or never was: nothing has changed then
   */
  change(from: number, change: PolicyStoreChange): Promise<StoredPolicyChange | undefined>;
  find(id: number): Promise<StoredPolicyLine | undefined>;
  list(page: PolicyPage): Promise<readonly StoredPolicyLine[]>;
}
