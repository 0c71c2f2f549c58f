import { systemClock } from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';

describeOnDatabases((createDatabase) => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createDatabase();
  });

  afterEach(() => database.remove());

  test('a database that a newer version has written is not opened, and stays as it is', async () => {
    await (await database.open(systemClock)).close();
    await database.execute(
      `insert into kysely_migration (name, timestamp) values ('999-from-the-future', '2030-01-01')`,
    );
    await expect(database.open(systemClock)).rejects.toThrow('cannot be used by this version of agentflow');
    await database.execute(`delete from kysely_migration where name = '999-from-the-future'`);
    await (await database.open(systemClock)).close();
  });

  test('keys that have long been dead are found by indexes', async () => {
    await (await database.open(systemClock)).close();
    // Fails where there is none.
    for (const column of ['expires_at', 'revoked_at']) await database.execute(`drop index api_keys_${column}`);
    await expect(database.execute('drop index api_keys_of_nothing')).rejects.toThrow('api_keys_of_nothing');
  });

  test('processes that start together wait for each other', async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, () => database.open(systemClock)));
    await Promise.all(opened.map((stores) => stores.ping()));
    await Promise.all(opened.map((stores) => stores.close()));
  });
});
