import { createSessionEndings, formatTime, type OwnedSession, systemClock, toPrintable } from '@agentflow/core';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../../configuration/load-configuration.js';
import { readAll } from '../read-all.js';
import { readUsernames } from '../read-usernames.js';
import { type OpenedStores, withStores } from '../with-stores.js';

export interface SessionOptions {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function listSessions({ config, json = false }: SessionOptions): Promise<void> {
  const { sessions, usernames } = await withSessions(config, async ({ stores }) => {
    const all = await readSessions(stores);
    return { sessions: all, usernames: await readUsernames(all, stores) };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(sessions.map(factsOf), null, 2)}\n`);
    return;
  }
  const lines = sessions.map((session) => {
    const { id, owner, via, address, lastUsedAt } = factsOf(session);
    const who = usernames.get(owner.subject) ?? owner.subject;
    const used = `last used ${lastUsedAt}${address === null ? '' : ` from ${address}`}`;
    return toPrintable(`${id}  ${who} (${owner.realm}, ${owner.tenant})  by ${via}  ${used}`);
  });
  process.stdout.write(`${lines.length === 0 ? 'no sessions' : lines.join('\n')}\n`);
}

/** Servers that run refuse their tokens within a second: also of those whom a provider has named, who are no users here. */
export async function endSessions(ids: readonly string[], { config }: SessionOptions): Promise<void> {
  await withSessions(config, async ({ stores, record }) => {
    const endings = createSessionEndings({
      open: async () => stores,
      revocations: { revoke: (taken) => stores.revocations.add(taken) },
      clock: systemClock,
    });
    const owners = new Map((await readSessions(stores)).map((one) => [one.sessionId, one]));
    for (const id of ids) {
      const session = owners.get(id);
      const ended = session !== undefined && (await endings.end(session.owner, id));
      process.stdout.write(`${toPrintable(id)}: ${ended ? 'ended' : 'there is no such session, or it has ended'}\n`);
      if (!ended) process.exitCode = 1;
      else await record('session-ended', { session: id, ...session.owner });
    }
  });
}

function readSessions({ sessions }: OpenedStores['stores']): Promise<readonly OwnedSession[]> {
  return readAll(async (page) =>
    (await sessions.listAll(page)).map((session) => ({ ...session, id: session.sessionId })),
  );
}

function factsOf({ sessionId, owner, via, address, userAgent, createdAt, lastUsedAt, expiresAt }: OwnedSession) {
  return {
    ...{ id: sessionId, owner, via, address: address ?? null, userAgent: userAgent ?? null },
    ...{ createdAt: formatTime(createdAt), lastUsedAt: formatTime(lastUsedAt), expiresAt: formatTime(expiresAt) },
  };
}

/** @throws {InvalidConfigurationError} where nobody signs in */
async function withSessions<T>(config: string | undefined, work: (opened: OpenedStores) => Promise<T>): Promise<T> {
  const loaded = await loadConfiguration(config, process.env);
  requireLogin(loaded);
  return withStores(loaded, work);
}

function requireLogin({ configuration, source }: LoadedConfiguration): void {
  if (configuration.auth?.some((one) => one.method === 'login')) return;
  const message = 'nobody signs in here: "auth" has no "login"';
  const remedy = 'Set "auth": "login", or name another file with --config.';
  throw invalid(source, [{ path: ['auth'], message, remedy }]);
}
