import type { ApiKeyStore, Clock, Log, StoredApiKey } from '@agentflow/core';

/** When keys were last used: to the minute, in batches, behind the requests. */
export interface UseRecord {
  note(key: StoredApiKey): void;
  /** Writes what is not written yet. Never rejects. */
  flush(): Promise<void>;
}

/** Whoever reads it wants to know whether a key is still in use, not when exactly. */
const grainMilliseconds = 60_000;

/** More keys than these in one batch are noted with the next. */
const mostWaiting = 10_000;

export function createUseRecord(
  open: () => Promise<{ readonly apiKeys: Pick<ApiKeyStore, 'recordUses'> }>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): UseRecord {
  const waiting = new Map<string, number>();
  /** What was noted here, so that a key in steady use is noted once in a minute. */
  const noted = new Map<string, number>();
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    const uses = [...waiting].map(([id, at]) => ({ id, at }));
    waiting.clear();
    for (const [id, at] of noted) if (clock.now() - at >= grainMilliseconds) noted.delete(id);
    try {
      await (await open()).apiKeys.recordUses(uses);
    } catch (error) {
      log.warn({ error, keys: uses.length }, 'when keys were last used could not be written, and is forgotten');
    }
  }

  return {
    note({ id, lastUsedAt = 0 }) {
      const now = clock.now();
      if (now - Math.max(lastUsedAt, noted.get(id) ?? 0) < grainMilliseconds) return;
      if (waiting.size >= mostWaiting) return;
      noted.set(id, now);
      waiting.set(id, now);
    },
    async flush() {
      await writing;
      if (waiting.size === 0) return;
      writing = write();
      await writing;
    },
  };
}
