import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AuditEvent, type ReadOnlyStores, systemClock } from '@agentflow/core';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { readPostgres, readSqlite } from '../index.js';

/* What only reads changes nothing: neither tables, nor files, nor a version. */

async function readDatabase({ configuration, file }: TestDatabase): Promise<ReadOnlyStores> {
  if (configuration === undefined) return readSqlite(file);
  return readPostgres({ ...configuration, maxConnections: 1, onIdleError: () => undefined });
}

const alice = { tenant: 'default', realm: 'local', subject: 'alice', roles: [] };
const event: AuditEvent = {
  ...{ time: '2026-11-21T10:00:00.000Z', requestId: 'r', event: 'request', route: 'ping', method: 'GET', path: '/' },
  ...{ address: '192.0.2.1', principal: alice, actors: [], authenticatedBy: null, resource: 'graph', action: 'read' },
  ...{ resourceId: null, outcome: 'allowed', status: 200, code: null, reason: null, policyId: null, detail: null },
  durationMilliseconds: 1,
};

async function countIn({ audit }: ReadOnlyStores): Promise<number> {
  let count = 0;
  for await (const one of audit.decisions({ since: 0, events: ['request'] })) count += one.count;
  return count;
}

describeOnDatabases((createDatabase) => {
  async function create(): Promise<TestDatabase> {
    const database = await createDatabase();
    onTestFinished(() => database.remove());
    return database;
  }

  test('is read while a server writes, and after it', async () => {
    const database = await create();
    const stores = await database.open(systemClock);
    await stores.audit.append([{ event, count: 1, refusalKey: null }]);
    const during = await readDatabase(database);
    expect(await countIn(during)).toBe(1);
    await stores.audit.append([{ event, count: 4, refusalKey: null }]);
    expect(await countIn(during)).toBe(5);
    await during.close();
    await stores.close();
    const before = database.configuration === undefined ? readdirSync(dirname(database.file)) : [];
    const after = await readDatabase(database);
    expect(await countIn(after)).toBe(5);
    await after.close();
    if (database.configuration === undefined) expect(readdirSync(dirname(database.file))).toEqual(before);
  });

  test('of a newer or an older version is refused in words, and stays as it is', async () => {
    const database = await create();
    await (await database.open(systemClock)).close();
    await database.execute("insert into kysely_migration (name, timestamp) values ('999-future', '2030')");
    await expect(readDatabase(database)).rejects.toThrow('a newer one has made "999-future"');
    await database.execute("delete from kysely_migration where name in ('999-future', '007-audit-details')");
    await expect(async () => readDatabase(database)).rejects.toThrow('of an older version');
    await database.execute("insert into kysely_migration (name, timestamp) values ('007-audit-details', '2030')");
    const trail = await readDatabase(database);
    expect(await countIn(trail)).toBe(0);
    await trail.close();
  });

  test('where nothing was ever recorded, nothing is made', async () => {
    const database = await create();
    await expect(async () => readDatabase(database)).rejects.toThrow();
    if (database.configuration === undefined) expect(readdirSync(dirname(database.file))).toEqual([]);
    else await expect(readDatabase(database)).rejects.toThrow('holds nothing of agentflow');
  });
});
