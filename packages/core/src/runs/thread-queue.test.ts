import { afterEach, describe, expect, test, vi } from 'vitest';
import { RequestError, UnavailableError } from '../errors.js';
import { silentLog } from '../log.js';
import type { LeaseRenewal, LeaseStore } from '../stores/lease-store.js';
import { createThreadQueue, type ThreadQueueOptions } from './thread-queue.js';

const never = new AbortController().signal;

interface FakeLeases extends LeaseStore {
  /** Who holds each thread. */
  readonly holders: Map<string, string>;
  readonly asked: string[];
  readonly renewed: string[];
  readonly released: string[];
}

/** Leases that never run out by themselves; a method given here takes the place of its own. */
function createFakeLeases(instead: Partial<LeaseStore> = {}): FakeLeases {
  const holders = new Map<string, string>();
  const asked: string[] = [];
  const renewed: string[] = [];
  const released: string[] = [];
  return {
    holders,
    asked,
    renewed,
    released,
    async acquire(threadUuid, holder, ttlMilliseconds) {
      asked.push(threadUuid);
      if (instead.acquire) return instead.acquire(threadUuid, holder, ttlMilliseconds);
      if (holders.has(threadUuid)) return false;
      holders.set(threadUuid, holder);
      return true;
    },
    async renew(threadUuid, holder, ttlMilliseconds) {
      renewed.push(threadUuid);
      if (instead.renew) return instead.renew(threadUuid, holder, ttlMilliseconds);
      return holders.get(threadUuid) === holder ? 'held' : 'lost';
    },
    async requestStop(threadUuid) {
      return instead.requestStop?.(threadUuid) ?? holders.has(threadUuid);
    },
    async release(threadUuid, holder) {
      released.push(threadUuid);
      if (instead.release) return instead.release(threadUuid, holder);
      if (holders.get(threadUuid) === holder) holders.delete(threadUuid);
    },
  };
}

function createQueue(leases: LeaseStore, options: Partial<ThreadQueueOptions> = {}) {
  return createThreadQueue({ log: silentLog, ...options, leases });
}

function code(error: unknown): string {
  return error instanceof RequestError ? error.code : String(error);
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
}

afterEach(() => void vi.useRealTimers());

describe('within the process', () => {
  test('runs on one thread follow each other in the order of arrival', async () => {
    const leases = createFakeLeases();
    const queue = createQueue(leases);
    const diary: string[] = [];
    const run = async (name: string) => {
      const hold = await queue.acquire('kitchen', new AbortController().signal);
      diary.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      diary.push(`${name} ends`);
      await hold.release();
    };
    const names = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    await Promise.all(names.map(run));
    expect(diary).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
    expect(leases.holders.size).toBe(0);
  });

  test('each hold is another holder, so that a late one cannot speak for its successor', async () => {
    const seen = new Set<string>();
    const leases = createFakeLeases({
      acquire: async (_threadUuid, holder) => {
        seen.add(holder);
        return true;
      },
    });
    const queue = createQueue(leases);
    for (let run = 0; run < 5; run += 1) await (await queue.acquire('kitchen', never)).release();
    expect(seen.size).toBe(5);
  });

  test('threads do not wait for each other', async () => {
    const queue = createQueue(createFakeLeases(), { maxWaiting: 0 });
    const kitchen = await queue.acquire('kitchen', never);
    const garden = await queue.acquire('garden', never);
    await Promise.all([kitchen.release(), garden.release()]);
  });

  test('a full queue is CONFLICT, and asks the database nothing', async () => {
    const leases = createFakeLeases();
    const queue = createQueue(leases, { maxWaiting: 1 });
    const first = await queue.acquire('kitchen', never);
    const second = queue.acquire('kitchen', never);
    expect(await queue.acquire('kitchen', never).catch(code)).toBe('CONFLICT');
    expect(leases.asked).toHaveLength(1);
    await first.release();
    await (await second).release();
  });

  test('a wait that is too long is CONFLICT', async () => {
    const queue = createQueue(createFakeLeases(), { maxWaitMilliseconds: 5 });
    const first = await queue.acquire('kitchen', never);
    expect(await queue.acquire('kitchen', never).catch(code)).toBe('CONFLICT');
    await first.release();
    await (await queue.acquire('kitchen', never)).release();
  });

  test('an abort while waiting ends the wait with its reason', async () => {
    const leases = createFakeLeases();
    const queue = createQueue(leases);
    const first = await queue.acquire('kitchen', never);
    const leaving = new AbortController();
    const second = queue.acquire('kitchen', leaving.signal);
    const reason = new Error('the client left');
    leaving.abort(reason);
    await expect(second).rejects.toBe(reason);
    await first.release();
    expect(leases.asked).toHaveLength(1);
    expect(leases.holders.size).toBe(0);
  });
});

describe('between processes', () => {
  test('a lease that another holds is waited for', async () => {
    const leases = createFakeLeases();
    leases.holders.set('kitchen', 'another process');
    const acquiring = createQueue(leases).acquire('kitchen', never);
    await vi.waitUntil(() => leases.asked.length >= 2);
    expect(leases.holders.get('kitchen')).toBe('another process');
    leases.holders.delete('kitchen');
    const hold = await acquiring;
    expect(leases.holders.has('kitchen')).toBe(true);
    await hold.release();
    expect(leases.holders.has('kitchen')).toBe(false);
  });

  test('a lease that another keeps too long is CONFLICT, and who waits behind has its turn', async () => {
    const leases = createFakeLeases();
    leases.holders.set('kitchen', 'another process');
    const queue = createQueue(leases, { maxWaitMilliseconds: 5 });
    expect(await queue.acquire('kitchen', never).catch(code)).toBe('CONFLICT');
    leases.holders.delete('kitchen');
    await (await queue.acquire('kitchen', never)).release();
  });

  test('an abort while the lease is waited for ends the wait with its reason and keeps nothing', async () => {
    const leases = createFakeLeases();
    leases.holders.set('kitchen', 'another process');
    const queue = createQueue(leases);
    const leaving = new AbortController();
    const acquiring = queue.acquire('kitchen', leaving.signal);
    await vi.waitUntil(() => leases.asked.length > 0);
    const reason = new Error('the client left');
    leaving.abort(reason);
    await expect(acquiring).rejects.toBe(reason);
    leases.holders.delete('kitchen');
    await (await queue.acquire('kitchen', never)).release();
  });

  test('a database that is away is an error, and the thread is free afterwards', async () => {
    const away = new Error('the database is away');
    let isAway = true;
    const acquire = async () => {
      if (isAway) throw away;
      return true;
    };
    const queue = createQueue(createFakeLeases({ acquire }));
    await expect(queue.acquire('kitchen', never)).rejects.toBe(away);
    isAway = false;
    await (await queue.acquire('kitchen', never)).release();
  });
});

describe('a hold', () => {
  test('is renewed as long as it lasts, and not after', async () => {
    vi.useFakeTimers();
    const leases = createFakeLeases();
    const hold = await createQueue(leases, { leaseMilliseconds: 300 }).acquire('kitchen', never);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(leases.renewed.length).toBeGreaterThanOrEqual(20);
    expect(hold.signal.aborted).toBe(false);
    await hold.release();
    const renewed = leases.renewed.length;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(leases.renewed).toHaveLength(renewed);
  });

  test('aborts with the request', async () => {
    const leaving = new AbortController();
    const hold = await createQueue(createFakeLeases()).acquire('kitchen', leaving.signal);
    const reason = new Error('the client left');
    leaving.abort(reason);
    expect(hold.signal.reason).toBe(reason);
    await hold.release();
  });

  test('aborts when another has taken the lease, and does not give that away', async () => {
    const leases = createFakeLeases();
    const hold = await createQueue(leases, { leaseMilliseconds: 30 }).acquire('kitchen', never);
    leases.holders.set('kitchen', 'another process');
    expect(await aborted(hold.signal)).toBeInstanceOf(UnavailableError);
    await hold.release();
    expect(leases.holders.get('kitchen')).toBe('another process');
  });

  test('outlives a renewal that failed once', async () => {
    vi.useFakeTimers();
    let renewals = 0;
    const renew = async () => {
      renewals += 1;
      if (renewals === 1) throw new Error('the database is away');
      return 'held' as const;
    };
    const hold = await createQueue(createFakeLeases({ renew }), { leaseMilliseconds: 300 }).acquire('kitchen', never);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(hold.signal.aborted).toBe(false);
    await hold.release();
  });

  test.each([
    ['fail', () => Promise.reject(new Error('the database is away'))],
    ['hang', () => new Promise<LeaseRenewal>(() => undefined)],
  ])('aborts before another could take the lease where all renewals %s', async (_manner, renew) => {
    vi.useFakeTimers();
    const hold = await createQueue(createFakeLeases({ renew }), { leaseMilliseconds: 300 }).acquire('kitchen', never);
    await vi.advanceTimersByTimeAsync(100);
    expect(hold.signal.aborted).toBe(false);
    // At 300 the lease has run out: from then on the thread may be another process's.
    await vi.advanceTimersByTimeAsync(199);
    expect(hold.signal.reason).toBeInstanceOf(UnavailableError);
    await hold.release();
  });

  test('is told when another process wants its run to stop, and goes on holding the thread', async () => {
    vi.useFakeTimers();
    let wanted = false;
    const renew = async () => (wanted ? ('stop-requested' as const) : ('held' as const));
    const hold = await createQueue(createFakeLeases({ renew })).acquire('kitchen', never);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(hold.stop.aborted).toBe(false);
    wanted = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([hold.stop.aborted, hold.signal.aborted]).toEqual([true, false]);
    await hold.release();
  });

  test('is told at once when this process wants its run to stop; the next hold is not', async () => {
    const queue = createQueue(createFakeLeases());
    expect(await queue.requestStop('kitchen')).toBe(false);
    const hold = await queue.acquire('kitchen', never);
    expect(await queue.requestStop('kitchen')).toBe(true);
    expect([hold.stop.aborted, hold.signal.aborted]).toEqual([true, false]);
    await hold.release();
    const next = await queue.acquire('kitchen', never);
    expect(next.stop.aborted).toBe(false);
    await next.release();
    expect(await queue.requestStop('kitchen')).toBe(false);
  });

  test('frees the thread within the process although the lease cannot be released', async () => {
    const release = () => Promise.reject(new Error('the database is away'));
    const leases = createFakeLeases({ release, acquire: async () => true });
    const queue = createQueue(leases, { maxWaiting: 0 });
    const first = await queue.acquire('kitchen', never);
    await first.release();
    await (await queue.acquire('kitchen', never)).release();
    expect(leases.released).toHaveLength(2);
  });
});
