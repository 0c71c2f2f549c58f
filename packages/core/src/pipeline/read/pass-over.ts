import { startTimer } from './start-timer.js';

/** Whoever stops sending hears their answer at once. */
const idleMilliseconds = 500;

/** Whoever goes on and on has no right to be heard. */
const wholeMilliseconds = 10_000;

/**
 * Lets a sender finish who is refused in the middle, and looks at nothing of it. A connection that is closed while they still send is reset,
 * and they would never read why (RFC 9112 §9.6). Only for senders who are known, and may send.
 */
export async function passOver(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  const whole = startTimer(wholeMilliseconds);
  try {
    for (;;) {
      const idle = startTimer(idleMilliseconds);
      // Of what comes nothing but whether it comes is kept for as long as the timers.
      const isDone = chunks.next().then(
        ({ done }) => done === true,
        () => true,
      );
      if (await Promise.race([isDone, idle.ended, whole.ended]).finally(() => idle.clear())) return;
    }
  } finally {
    whole.clear();
  }
}
