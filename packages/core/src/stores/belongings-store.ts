import type { OwnerKey } from '../principal.js';

/** Everything at once that belongs to one principal. */
export interface BelongingsStore {
  /**
   * Removes all rows of the owner's in one transaction: threads with their state, whoever holds them, runs, what others share with them,
   * memories, files, tools, tickets and sessions. The user's own row stays. What is left are the files' bytes.
   */
  delete(owner: OwnerKey): Promise<{ readonly fileIds: readonly string[] }>;
}
