import { setImmediate } from 'node:timers/promises';

/** So long other work waits, about. */
const turnMilliseconds = 4;

/** Parts long work, so that whatever else the process does goes on meanwhile. */
export class Turns {
  #endsAt = performance.now() + turnMilliseconds;
  /** Whether it is time to {@link end} this turn. Asked after each step, of which some are long. */
  isOver(): boolean {
    return performance.now() > this.#endsAt;
  }

  async end(): Promise<void> {
    await setImmediate();
    this.#endsAt = performance.now() + turnMilliseconds;
  }
}
