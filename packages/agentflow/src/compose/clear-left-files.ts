import type { FileStore, FileVault, Log } from '@agentflow/core';

const intervalMilliseconds = 60 * 60 * 1000;

/**
 * Clears away, now and every hour, the bytes that processes which died have left in the folder of files. Returns what ends it, and waits for
 * what is being cleared.
 */
export function clearLeftFiles(vault: FileVault, files: FileStore, log: Log): () => Promise<void> {
  let clearing: Promise<void> = Promise.resolve();
  const clear = () => {
    clearing = vault
      .sweep((ids) => files.known(ids))
      .catch((error: unknown) => log.warn({ error }, 'what was left in the folder of files could not be cleared away'));
  };
  clear();
  const timer = setInterval(clear, intervalMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    return clearing;
  };
}
