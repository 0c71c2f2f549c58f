import { stat } from 'node:fs/promises';
import { ConfigurationError, type Log } from '@agentflow/core';

/** Something that is read from files, and read again when they change. */
export interface Reloading<T> {
  /** The last that was good. */
  current(): T;
  /** Looks at the files once; called by the clock of the process, and by tests. */
  look(): Promise<void>;
  close(): void;
}

export interface ReloadingOptions<T> {
  readonly files: readonly string[];
  /** @throws {ConfigurationError} if what the files hold is not good */
  readonly load: () => Promise<T>;
  readonly intervalMilliseconds: number;
  readonly log: Log;
}

/**
 * Loads, and keeps what is loaded until the files have changed, have stood still between two looks, and are good. A file
 * that is half written is therefore not read, and a faulty one changes nothing but the log.
 * @throws {ConfigurationError} if they are not good at start
 */
export async function createReloading<T>({
  files,
  load,
  intervalMilliseconds,
  log,
}: ReloadingOptions<T>): Promise<Reloading<T>> {
  // Taken before they are read: a change meanwhile is seen by the first look.
  let loaded = await stateOf(files);
  let seen = loaded;
  let current: T = await load();
  let isLooking = false;

  async function lookOnce(): Promise<void> {
    const state = await stateOf(files);
    const isStill = state === seen;
    seen = state;
    if (state === loaded || !isStill) return;
    let next: T;
    try {
      next = await load();
    } catch (error) {
      loaded = state;
      const faults = error instanceof ConfigurationError ? error.message : error;
      log.error({ files, faults }, 'the changed policy is faulty: the last good one still decides');
      return;
    }
    if ((await stateOf(files)) !== state) return;
    loaded = state;
    current = next;
    log.info({ files }, 'the changed policy decides from now on');
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await lookOnce();
    } finally {
      isLooking = false;
    }
  }

  const timer = setInterval(() => void look(), intervalMilliseconds);
  timer.unref();
  return { current: () => current, look, close: () => clearInterval(timer) };
}

/** Changes with each change of a file, also where another takes its place. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map(async (file) => {
    const stats = await stat(file, { bigint: true }).catch(() => undefined);
    return stats === undefined ? 'absent' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  });
  return (await Promise.all(states)).join(' ');
}
