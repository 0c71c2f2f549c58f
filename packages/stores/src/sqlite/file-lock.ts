import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { sqliteResultCode } from './sqlite-result-code.js';

const retryMilliseconds = 20;

/** Another has held a lock for longer than was waited. */
export class HeldLockError extends Error {
  override readonly name = 'HeldLockError';
}

/**
 * Does the work while nobody else does any under a lock on the same file: no other process of this machine, and nothing else in this one.
 * The file is a small one for this alone. It stays there: it is not the file that says that somebody holds the lock, but a lock of the
 * system's on it, which is gone as soon as its process is.
 * @throws {HeldLockError} if another holds it for longer than is waited
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { maxWaitMilliseconds }: { readonly maxWaitMilliseconds: number },
): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    const giveUpAt = performance.now() + maxWaitMilliseconds;
    while (!tryAcquire(lock)) {
      if (performance.now() > giveUpAt) throw new HeldLockError(`another process holds the lock ${file}`);
      await sleep(retryMilliseconds);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function tryAcquire(lock: DatabaseSyncInstance): boolean {
  try {
    lock.exec('begin exclusive');
    return true;
  } catch (error) {
    // The lower byte is the kind: some systems are busy in a more particular way.
    if ((sqliteResultCode(error) & 0xff) === busy) return false;
    throw error;
  }
}

/** SQLITE_BUSY. */
const busy = 5;
