import { setImmediate } from 'node:timers/promises';

/** So long other work waits, about. */
const turnMilliseconds = 4;

/** Parts long work, so that whatever else the process does goes on meanwhile. */
export class Turns {
  #endsAt = performance.now() + turnMilliseconds;
  #steps = 0;

  /** Whether it is time to {@link end} this turn. Asked after each small step; the clock is not asked each time. */
  isOver(): boolean {
    this.#steps += 1;
    return this.#steps % 32 === 0 && performance.now() > this.#endsAt;
  }

  async end(): Promise<void> {
    await setImmediate();
    this.#endsAt = performance.now() + turnMilliseconds;
  }
}
