import type { Stores } from '@agentflow/core';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

/* What every process must know in time is read by connections of its own. */

const clock = { now: () => 1_000 };

/** As many as one process has for requests in these tests. */
const connections = 5;

/** Has whoever asks for a user wait. The embedded database has no connections that could run out. */
async function holdUsers({ configuration }: TestDatabase): Promise<() => Promise<void>> {
  if (configuration === undefined) return () => Promise.resolve();
  const holder = new Client({ connectionString: configuration.url });
  await holder.connect();
  await holder.query(`begin; lock table "${configuration.schema}".users in access exclusive mode`);
  return () => holder.end();
}

describeOnDatabases((createDatabase) => {
  test.each([
    ['what was revoked', (stores: Stores) => stores.revocations.since(0)],
    ['what of the policy has changed', (stores: Stores) => stores.policies.changesSince(0)],
    ['the keys that sign access tokens', (stores: Stores) => stores.signingKeys.list()],
  ])('while requests hold all others: %s', async (_what, read) => {
    const database = await createDatabase();
    const stores = await database.open(clock);
    const release = await holdUsers(database);
    const held = Promise.all(Array.from({ length: connections }, () => stores.users.find('usr_1')));
    // Were it one of those that wait, it would be given up.
    await read(stores);
    await release();
    expect(await held).toEqual(Array(connections).fill(undefined));
    await stores.close();
    await database.remove();
  });
});
