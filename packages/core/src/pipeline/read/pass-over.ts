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
      const next = chunks.next().catch(() => undefined);
      const result = await Promise.race([next, idle.ended, whole.ended]).finally(() => idle.clear());
      if (result === undefined || result.done === true) return;
    }
  } finally {
    whole.clear();
  }
}

function startTimer(milliseconds: number) {
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return { ended, clear: () => clearTimeout(timer) };
}
