import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

/** As long as a server may be at it: without, what comes while it writes would be told at once that the database is locked. */
export const sqliteTimeout = 20_000;

/** The embedded database of a project, behind the program's back, also while it serves. To be closed. */
export function openEmbedded(directory: string, { readOnly = false } = {}): InstanceType<typeof DatabaseSync> {
  return new DatabaseSync(join(directory, '.agentflow/agentflow.db'), { readOnly, timeout: sqliteTimeout });
}
