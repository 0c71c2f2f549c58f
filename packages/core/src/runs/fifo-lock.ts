import { RequestError } from '../errors.js';

export interface FifoLockOptions {
  /** How many may wait for one key at a time. */
  readonly maxWaiting: number;
  readonly maxWaitMilliseconds: number;
}

interface Waiter {
  readonly enter: () => void;
}

/** One at a time for each key, in the order of arrival, within this process. */
export class FifoLock {
  readonly #options: FifoLockOptions;
  /** Those who wait for each key that is taken. */
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(options: FifoLockOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is the caller's turn; {@link leave} must follow.
   * @throws {RequestError} CONFLICT if the queue is full or the wait too long; the signal's reason if it aborts
   */
  async enter(key: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const queue = this.#waiting.get(key);
    if (queue === undefined) {
      this.#waiting.set(key, []);
      return;
    }
    if (queue.length >= this.#options.maxWaiting) throw busy(`${queue.length} runs wait for the thread already`);
    await this.#wait(queue, signal);
  }

  leave(key: string): void {
    const queue = this.#waiting.get(key);
    const next = queue?.shift();
    if (next === undefined) this.#waiting.delete(key);
    else next.enter();
  }

  #wait(queue: Waiter[], signal: AbortSignal): Promise<void> {
    const { maxWaitMilliseconds } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const giveUp = (error: unknown) => {
        queue.splice(queue.indexOf(waiter), 1);
        settle(() => reject(error));
      };
      const waiter: Waiter = { enter: () => settle(resolve) };
      const onAbort = () => giveUp(signal.reason);
      const timer = setTimeout(
        () => giveUp(busy(`the thread was not free within ${maxWaitMilliseconds} ms`)),
        maxWaitMilliseconds,
      );
      signal.addEventListener('abort', onAbort);
      queue.push(waiter);
    });
  }
}

export function busy(reason: string): RequestError {
  return new RequestError('CONFLICT', { reason, retryAfterSeconds: 1 });
}
