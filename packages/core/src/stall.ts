import type { Log } from './log.js';

/** A synchronous step that takes longer is named in the log: meanwhile no other request moves. */
const stallMilliseconds = 200;

/** Does a plugin's work, and says so where the part before its first `await` has held up everybody else. */
export function watchStall<T>(name: string, requestId: string | undefined, log: Log | undefined, work: () => T): T {
  const startedAt = performance.now();
  try {
    return work();
  } finally {
    const stalledFor = performance.now() - startedAt;
    if (stalledFor > stallMilliseconds) {
      const message = `${name} held up every request for ${Math.round(stalledFor)} ms: it must not block the event loop`;
      log?.warn({ requestId, backend: name }, message);
    }
  }
}
