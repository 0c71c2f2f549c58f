import { UnavailableError } from '@agentflow/core';
import type { Kysely } from 'kysely';
import type { Database } from '../schema.js';

/**
 * The leases that this process believes to hold. What it believes may be over: a process that was stopped for longer than its
 * lease does not know. So every write to a thread's state asks the database, in its own transaction, whether it is still true,
 * and keeps it true until the write is done.
 */
export class HeldLeases {
  readonly #holders = new Map<string, string>();

  add(threadUuid: string, holder: string): void {
    this.#holders.set(threadUuid, holder);
  }

  remove(threadUuid: string, holder: string): void {
    if (this.#holders.get(threadUuid) === holder) this.#holders.delete(threadUuid);
  }

  /** @throws {UnavailableError} if another may write to the thread now */
  async require(transaction: Kysely<Database>, threadUuid: string): Promise<void> {
    const holder = this.#holders.get(threadUuid);
    if (holder === undefined)
      throw new UnavailableError({ reason: 'a write to a thread that this process holds no lease on' });
    // An update that changes nothing, because it locks the row: no one else can take the lease before the write is done.
    const { numUpdatedRows } = await transaction
      .updateTable('leases')
      .set({ holder })
      .where('thread_uuid', '=', threadUuid)
      .where('holder', '=', holder)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n)
      throw new UnavailableError({ reason: 'the lease on the thread was lost before its state was written' });
  }
}
