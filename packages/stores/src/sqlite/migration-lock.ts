import { UnavailableError } from '@agentflow/core';
import { HeldLockError, withFileLock } from './file-lock.js';
import { whetherItMayPass } from './sqlite-driver.js';

/** As long as a migration of a large file may take. */
const maxWaitMilliseconds = 60_000;

/**
 * Keeps other processes out while one brings the file to its version: SQLite lets a transaction begin that can never be
 * written, and Kysely has no lock for it. The lock is one on a small file beside it.
 * @throws {UnavailableError} if another holds it for longer than a minute, or there is no room for it
 */
export async function withMigrationLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  if (file === ':memory:') return work();
  try {
    return await withFileLock(`${file}.lock`, work, { maxWaitMilliseconds });
  } catch (error) {
    if (!(error instanceof HeldLockError)) throw whetherItMayPass(error);
    throw new UnavailableError({ reason: `${error.message} for longer than a minute`, cause: error });
  }
}
