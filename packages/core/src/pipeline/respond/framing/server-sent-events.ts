import type { WrittenChunk } from '../../handle/chunk-queue.js';

/** How long a proxy is left without a byte. */
const defaultHeartbeatMilliseconds = 15_000;

/** A comment, which readers pass over (HTML, server-sent events §9.2.6). */
const heartbeat = ': heartbeat\n\n';

/**
 * Chunks as server-sent events. A heartbeat goes out where nothing else has for so long, and the reader has taken all there is: whoever
 * is behind is asked for nothing more.
 */
export async function* frameEvents(
  chunks: AsyncIterable<WrittenChunk>,
  heartbeatMilliseconds: number = defaultHeartbeatMilliseconds,
): AsyncGenerator<string, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = iterator.next();
      while (!(await isSettledWithin(next, heartbeatMilliseconds))) yield heartbeat;
      const result = await next;
      if (result.done === true) {
        isOver = true;
        return;
      }
      const { id, event, json } = result.value;
      yield `id: ${id}\nevent: ${event}\ndata: ${json}\n\n`;
    }
  } finally {
    if (!isOver) await iterator.return?.();
  }
}

async function isSettledWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
