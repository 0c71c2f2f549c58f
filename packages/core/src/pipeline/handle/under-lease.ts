import type { AccessLease } from '../lease/access-lease.js';

/** The pieces of something long, as long as who gets or sends them still may: then the lease's reason ends it. */
export async function* underLease(
  open: () => AccessLease,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const lease = open();
  try {
    for await (const piece of pieces) {
      lease.signal.throwIfAborted();
      yield piece;
    }
    lease.signal.throwIfAborted();
  } finally {
    lease.release();
  }
}
