/** `stop-requested` is still held: its holder is asked to bring what it does to an end. */
export type LeaseRenewal = 'held' | 'stop-requested' | 'lost';

/** A lease on a thread: who holds it may change the thread's state until it runs out. */
export interface LeaseStore {
  /** True if it was free or had run out, and is now `holder`'s. */
  acquire(threadUuid: string, holder: string, ttlMilliseconds: number): Promise<boolean>;
  renew(threadUuid: string, holder: string, ttlMilliseconds: number): Promise<LeaseRenewal>;
  /** Asks whoever holds it to stop; its holder learns of it when it renews. False where nobody holds it. */
  requestStop(threadUuid: string): Promise<boolean>;
  release(threadUuid: string, holder: string): Promise<void>;
}
