import { describe, expect, test, vi } from 'vitest';
import { RequestError } from '../errors.js';
import { FifoLock } from './fifo-lock.js';

const patient = { maxWaiting: 10, maxWaitMilliseconds: 10_000 };
const never = new AbortController().signal;

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function code(error: unknown): string {
  return error instanceof RequestError ? error.code : String(error);
}

/** Enters in the background and notes the name when it is its turn. */
function queueUp(lock: FifoLock, key: string, name: string, entered: string[]): Promise<void> {
  return lock.enter(key, never).then(() => void entered.push(name));
}

describe('FifoLock', () => {
  test('lets one in at a time, in the order of arrival', async () => {
    const lock = new FifoLock(patient);
    const names = Array.from({ length: 10 }, (_, index) => `guest-${index}`);
    const entered: string[] = [];
    const running = names.map((name) => queueUp(lock, 'table', name, entered));
    for (let served = 1; served <= names.length; served += 1) {
      await settle();
      expect(entered).toEqual(names.slice(0, served));
      lock.leave('table');
    }
    await Promise.all(running);
  });

  test('one key does not wait for another', async () => {
    const lock = new FifoLock({ ...patient, maxWaiting: 0 });
    await lock.enter('table-1', never);
    await lock.enter('table-2', never);
    lock.leave('table-1');
    await lock.enter('table-1', never);
    await expect(lock.enter('table-2', never)).rejects.toThrow(RequestError);
  });

  test('is free again when the last has left', async () => {
    const lock = new FifoLock({ ...patient, maxWaiting: 0 });
    for (let turn = 0; turn < 3; turn += 1) {
      await lock.enter('table', never);
      lock.leave('table');
    }
  });

  test('refuses at once, with CONFLICT, whom a full queue has no place for', async () => {
    const lock = new FifoLock({ ...patient, maxWaiting: 2 });
    const entered: string[] = [];
    const running = ['first', 'second', 'third'].map((name) => queueUp(lock, 'table', name, entered));
    expect(await lock.enter('table', never).catch(code)).toBe('CONFLICT');
    lock.leave('table');
    await settle();
    expect(entered).toEqual(['first', 'second']);
    // A place has become free.
    running.push(queueUp(lock, 'table', 'fourth', entered));
    lock.leave('table');
    lock.leave('table');
    await Promise.all(running);
    expect(entered).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('a wait that is too long ends with CONFLICT, and leaves the queue', async () => {
    const lock = new FifoLock({ maxWaiting: 1, maxWaitMilliseconds: 5 });
    await lock.enter('table', never);
    expect(await lock.enter('table', never).catch(code)).toBe('CONFLICT');
    // Its place is free: the next is let wait, and is not passed over for one who is gone.
    const entered: string[] = [];
    const running = queueUp(lock, 'table', 'next', entered);
    lock.leave('table');
    await running;
    expect(entered).toEqual(['next']);
  });

  test('who is let in is not sent away when the time is over', async () => {
    const lock = new FifoLock({ maxWaiting: 1, maxWaitMilliseconds: 5 });
    await lock.enter('table', never);
    const second = lock.enter('table', never);
    lock.leave('table');
    await second;
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The second is still in: a third has to wait for it.
    expect(await lock.enter('table', never).catch(code)).toBe('CONFLICT');
  });

  test('an abort while waiting ends the wait with its reason, and nobody else’s', async () => {
    const lock = new FifoLock(patient);
    const entered: string[] = [];
    const leaving = new AbortController();
    const reason = new Error('the client left');
    const first = queueUp(lock, 'table', 'first', entered);
    const second = lock.enter('table', leaving.signal);
    const third = queueUp(lock, 'table', 'third', entered);
    const refused = expect(second).rejects.toBe(reason);
    leaving.abort(reason);
    await refused;
    lock.leave('table');
    await Promise.all([first, third]);
    expect(entered).toEqual(['first', 'third']);
  });

  test('an abort after the turn has come changes nothing', async () => {
    const lock = new FifoLock(patient);
    const leaving = new AbortController();
    const entered: string[] = [];
    await lock.enter('table', never);
    const second = lock.enter('table', leaving.signal);
    const third = queueUp(lock, 'table', 'third', entered);
    lock.leave('table');
    await second;
    leaving.abort();
    await settle();
    expect(entered).toEqual([]);
    lock.leave('table');
    await third;
  });

  test('who has left before it asks takes no place', async () => {
    const lock = new FifoLock({ ...patient, maxWaiting: 0 });
    const reason = new Error('the client left');
    await expect(lock.enter('table', AbortSignal.abort(reason))).rejects.toBe(reason);
    await lock.enter('table', never);
  });

  test('leaves no listener on a signal that lives on', async () => {
    const lock = new FifoLock(patient);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await lock.enter('table', signal);
    const second = lock.enter('table', signal);
    lock.leave('table');
    await second;
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});
