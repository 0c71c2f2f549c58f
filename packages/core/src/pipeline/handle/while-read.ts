import { RequestError } from '../../errors.js';

/**
 * Pieces for a reader who takes each within the time. For one who does not, they end at once, so that nothing is held for somebody who only
 * waits: whoever asks for the next piece later is told so.
 * @throws {RequestError} READER_TOO_SLOW
 */
export async function* whileRead<T>(
  pieces: AsyncGenerator<T, void, undefined>,
  milliseconds: number,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        void pieces.return().catch(() => undefined);
      }, milliseconds).unref();
      try {
        yield next.value;
      } finally {
        clearTimeout(timer);
      }
      if (isLate) throw new RequestError('READER_TOO_SLOW');
    }
  } finally {
    await pieces.return();
  }
}
