import { now } from '../clock.js';
import type { AgentFlowError } from '../errors/agentflow-error.js';
import { AbortedError, TimeoutError } from '../errors/error-classes.js';

/** What a timer can count (HTML §8.6): more ends at once. */
const maxDelay = 2 ** 31 - 1;

/** What ends a call before its answer does: the caller's signal, or the time. One for each call, cleared when it is over. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #failure: AgentFlowError | undefined;

  constructor(milliseconds: number, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.restart(milliseconds, `Request timeout after ${milliseconds}ms`);
    if (caller?.aborted === true) this.#abort();
    else caller?.addEventListener('abort', this.#abort, { once: true });
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was ended; undefined while it was not. */
  get failure(): AgentFlowError | undefined {
    return this.#failure;
  }

  /** Milliseconds. */
  get remaining(): number {
    return this.#endsAt - now();
  }

  /** Counts anew from now. 0: never. */
  restart(milliseconds: number, message: string): void {
    clearTimeout(this.#timer);
    const isCounted = milliseconds > 0 && milliseconds <= maxDelay;
    this.#endsAt = isCounted ? now() + milliseconds : Number.POSITIVE_INFINITY;
    if (!isCounted) return;
    this.#timer = setTimeout(() => this.end(new TimeoutError(message, { code: 'TIMEOUT' })), milliseconds);
  }

  /** Ends the call, and what it has open. */
  end(failure: AgentFlowError): void {
    this.#failure ??= failure;
    this.clear();
    this.#controller.abort(this.#failure);
  }

  /** The call is over: nothing ends it any more. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#abort);
  }

  /** Waits for what knows no signal. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    let give: (() => void) | undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      give = () => reject(signal.reason);
      if (signal.aborted) give();
      else signal.addEventListener('abort', give, { once: true });
    });
    try {
      return await Promise.race([promise, ended]);
    } finally {
      if (give !== undefined) signal.removeEventListener('abort', give);
    }
  }

  async sleep(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.race(
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, milliseconds);
        }),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  readonly #abort = (): void => {
    this.end(new AbortedError('The call was aborted.', { code: 'ABORTED', cause: this.#caller?.reason }));
  };
}
