import type { OwnerKey } from '../principal.js';

/** Everything at once that belongs to one principal. */
export interface BelongingsStore {
  /**
   * Removes what others share with the owner, and then all rows of theirs in one transaction: threads with their state, whoever holds them,
   * runs, memories, files, tools, tickets and sessions. The user's own row stays. What is left are the files' bytes.
   */
  delete(owner: OwnerKey): Promise<{ readonly fileIds: readonly string[] }>;
}
