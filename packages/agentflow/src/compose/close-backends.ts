import { type Log, withDeadline } from '@agentflow/core';

/** What has to be let go of, by the name that the configuration gives it. */
export interface Closable {
  readonly name: string;
  readonly backend: { close(): void | Promise<void> };
}

const closeDeadlineMilliseconds = 5_000;

/**
 * Closes all; one that cannot be closed, or hangs, keeps no other open.
 * @throws what the first of those threw
 */
export async function closeBackends(backends: readonly Closable[]): Promise<void> {
  const closing = backends.map(async ({ name, backend }) =>
    withDeadline(Promise.resolve(backend.close()), closeDeadlineMilliseconds, `close() of ${name}`),
  );
  for (const result of await Promise.allSettled(closing)) if (result.status === 'rejected') throw result.reason;
}

/** The same for those that nobody will ask any more while the process goes on. */
export async function discardBackends(backends: readonly Closable[], log: Log): Promise<void> {
  await closeBackends(backends).catch((error: unknown) =>
    log.error({ error }, 'a backend that is not needed any more could not be closed'),
  );
}
