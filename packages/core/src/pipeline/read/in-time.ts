import { RequestError } from '../../errors.js';
import { createInterruption } from './interruption.js';
import { startTimer } from './start-timer.js';

/** A body of JSON is small: whoever needs longer for all of it holds a connection for nothing. */
export const wholeBodyMilliseconds = 30_000;

/** A file may take as long as its sender's line does, as long as something comes. The host ends a request after five minutes. */
export const idleUploadMilliseconds = 30_000;

/**
 * The pieces of a body, as long as they come in time: all of them, or each, within these milliseconds.
 * @throws {RequestError} REQUEST_TIMEOUT
 */
export async function* inTime(
  body: AsyncIterable<Uint8Array>,
  milliseconds: number,
  of: 'all' | 'each',
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  let timer = startTimer(milliseconds);
  let over = createInterruption(timer.ended);
  try {
    for (;;) {
      const next = await over.or(chunks.next());
      if (next === undefined) throw new RequestError('REQUEST_TIMEOUT');
      if (next.done === true) return;
      if (of === 'each') timer.clear();
      yield next.value;
      if (of === 'all') continue;
      // Whoever takes the pieces may take their time.
      timer = startTimer(milliseconds);
      over = createInterruption(timer.ended);
    }
  } finally {
    timer.clear();
    // Not waited for: it would wait for a piece that may never come.
    void Promise.resolve(chunks.return?.()).catch(() => undefined);
  }
}
