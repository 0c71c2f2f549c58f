import { detailOfKey, formatTime, type StoredApiKey, toPrintable } from '@agentflow/core';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../../configuration/load-configuration.js';
import { readAll } from '../read-all.js';
import { readUsernames } from '../read-usernames.js';
import { type OpenedStores, withStores } from '../with-stores.js';

export interface KeyOptions {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function listKeys({ config, json = false }: KeyOptions): Promise<void> {
  const loaded = await loadConfiguration(config, process.env);
  requireIssued(loaded);
  const { keys, usernames } = await withStores(loaded, async ({ stores }) => {
    const all = await readAll((page) => stores.apiKeys.listAll(page));
    return { keys: all, usernames: await readUsernames(all, stores) };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(keys.map(factsOf), null, 2)}\n`);
    return;
  }
  const lines = keys.map((key) => {
    const { id, name, owner, expiresAt, lastUsedAt } = factsOf(key);
    const who = usernames.get(owner.subject) ?? owner.subject;
    const ends = `ends ${expiresAt ?? 'never'}, last used ${lastUsedAt ?? 'never'}`;
    return toPrintable(`${id}  ${who} (${owner.realm}, ${owner.tenant})  ${name}  ${ends}`);
  });
  process.stdout.write(`${lines.length === 0 ? 'no keys' : lines.join('\n')}\n`);
}

/** Servers that run refuse them within a second. */
export async function revokeKeys(ids: readonly string[], { config }: KeyOptions): Promise<void> {
  await withStores(await loadConfiguration(config, process.env), async (opened) => {
    for (const id of ids) {
      const revoked = await revokeOne(id, opened);
      process.stdout.write(`${id}: ${revoked ? 'revoked' : 'there is no such key, or it was revoked before'}\n`);
      if (!revoked) process.exitCode = 1;
    }
  });
}

async function revokeOne(id: string, { stores, record }: OpenedStores): Promise<boolean> {
  const { apiKeys } = stores;
  const key = await apiKeys.find(id);
  const revoked = key && (await apiKeys.revoke(id, key.owner));
  if (revoked === undefined) return false;
  await record('api-key-revoked', detailOfKey(revoked));
  return true;
}

function factsOf({ id, name, owner, scopes, roles, last4, createdAt, expiresAt, lastUsedAt }: StoredApiKey) {
  const time = (value: number | undefined) => (value === undefined ? null : formatTime(value));
  return {
    ...{ id, name, owner, last4, scopes: scopes ?? null, roles: roles ?? null },
    ...{ createdAt: formatTime(createdAt), expiresAt: time(expiresAt), lastUsedAt: time(lastUsedAt) },
  };
}

/** @throws {InvalidConfigurationError} where callers make no keys */
function requireIssued({ configuration, source }: LoadedConfiguration): void {
  if (configuration.auth?.some((one) => one.method === 'api_key' && one.issued !== undefined)) return;
  const message = 'no keys are issued here: "auth" has no "api_key" with "issued"';
  const remedy = 'Set {"method": "api_key", "issued": true} in "auth", or name another file with --config.';
  throw invalid(source, [{ path: ['auth'], message, remedy }]);
}
