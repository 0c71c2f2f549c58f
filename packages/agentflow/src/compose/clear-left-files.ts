import type { FileVault, Log, Stores } from '@agentflow/core';

const intervalMilliseconds = 60 * 60 * 1000;

const shared =
  'other databases have files in the folder of files too, so that nothing left behind is cleared away: name another in "files.directory", or delete the "of-…" folders there of databases that are no more';

/**
 * Clears away, now and every hour, the bytes that processes which died have left in the folder of files. Returns what ends it, and waits for
 * what is being cleared. Nothing is, where other databases have rows of what lies there as well.
 */
export function clearLeftFiles(
  vault: FileVault,
  { files, serverKeys }: Pick<Stores, 'files' | 'serverKeys'>,
  log: Log,
): () => Promise<void> {
  let clearing: Promise<void> = Promise.resolve();
  const clearOwn = async () => {
    const database = Buffer.from(await serverKeys.obtain('files-folder')).toString('hex');
    if (await vault.claim(database.slice(0, 32))) await vault.sweep((ids) => files.known(ids));
    else log.warn({}, shared);
  };
  const clear = () => {
    clearing = clearOwn().catch((error: unknown) =>
      log.warn({ error }, 'what was left in the folder of files could not be cleared away'),
    );
  };
  clear();
  const timer = setInterval(clear, intervalMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    return clearing;
  };
}
