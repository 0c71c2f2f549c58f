import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';

/** As long as a migration of a large file may take. */
const maxWaitMilliseconds = 60_000;
const retryMilliseconds = 20;

/**
 * Keeps other processes out while one brings the file to its version: SQLite lets a transaction begin that can never be
 * written, and Kysely has no lock for it. The lock is one on a small file beside it, which the system lets go of where the
 * process dies.
 * @throws {Error} if another holds it for longer than a minute
 */
export async function withMigrationLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  if (file === ':memory:') return work();
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    await acquire(lock);
    return await work();
  } finally {
    lock.close();
  }
}

async function acquire(lock: DatabaseSyncInstance): Promise<void> {
  const giveUpAt = performance.now() + maxWaitMilliseconds;
  for (;;) {
    try {
      lock.exec('begin exclusive');
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await sleep(retryMilliseconds);
    }
  }
}
