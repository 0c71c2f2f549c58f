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

  /** Does work that is made in parts. */
  async finish<T>(work: Generator<void, T>): Promise<T> {
    let step = work.next();
    for (; step.done !== true; step = work.next()) if (this.isOver()) await this.end();
    return step.value;
  }

  async end(): Promise<void> {
    await setImmediate();
    this.#endsAt = performance.now() + turnMilliseconds;
  }
}
