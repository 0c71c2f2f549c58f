import type { NewApiKey, OwnerKey, TenantId } from '@agentflow/core';
import { DatabaseSync } from '@photostructure/sqlite';
import { type CompiledQuery, Kysely } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { migrate } from '../migrations/migrate.js';
import type { Database } from '../schema.js';
import { sqliteDialect } from '../sqlite/sqlite-dialect.js';
import { driverOver } from '../sqlite/sqlite-driver.js';
import { createApiKeyStore } from './api-keys.js';
import { createSessionStore } from './sessions.js';
import { createUserStore } from './users.js';

/* How SQLite finds rows: never by reading all of a table, or by sorting it. */

const start = 1_000_000_000_000;
let now = start;
const clock = { now: () => now };
const tenant = 'bakery' as TenantId;
const alice = { tenant, realm: 'local', subject: 'alice' } as OwnerKey;
const after = { time: 1_000, id: 'a' };
const newKey = (id: string, more: Partial<NewApiKey> = {}): NewApiKey => ({
  ...{ id, owner: alice, holder: 'elsewhere', heldBy: undefined, name: id, environment: 'live', family: id },
  ...{ mac: id, pepperId: 'p', last4: 'abcd', scopes: undefined, roles: undefined, ownerRoles: [] },
  ...{ rate: undefined, quota: undefined, expiresAt: undefined, ...more },
});

const database = new DatabaseSync(':memory:');
let queries: CompiledQuery[] = [];
const db = new Kysely<Database>({ dialect: driverOver(database), log: ({ query }) => void queries.push(query) });
await migrate(db, sqliteDialect);

function planOf({ sql, parameters }: CompiledQuery): readonly string[] {
  const rows = database.prepare(`explain query plan ${sql}`).all(...(parameters as string[]));
  return rows.map((row) => String((row as { detail: unknown }).detail));
}

const isSlow = (line: string) => /^SCAN \w+$|TEMP B-TREE/.test(line);

beforeEach(() => {
  queries = [];
  now = start;
});

const keys = createApiKeyStore(db, clock);
const sessions = createSessionStore(db, clock);
const users = createUserStore({ db, clock, dialect: sqliteDialect });

test.each<[string, () => Promise<unknown>]>([
  ['one key', () => keys.findOrDecoy('a')],
  ['the keys of one owner', () => keys.listOf(alice)],
  ['the keys of a tenant', () => keys.listIn(tenant, { limit: 10 })],
  ['the next keys of a tenant', () => keys.listIn(tenant, { limit: 10, after })],
  ['everybody’s keys', () => keys.listAll({ limit: 10 })],
  ['everybody’s next keys', () => keys.listAll({ limit: 10, after })],
  ['old keys', () => keys.olderThan(clock.now(), 10)],
  ['the deletion of all keys of an owner', () => keys.deleteOf(alice)],
  ['everybody’s sessions', () => sessions.listAll({ limit: 10 })],
  ['everybody’s next sessions', () => sessions.listAll({ limit: 10, after })],
  ['the sessions of a tenant', () => sessions.listIn(tenant, { limit: 10 })],
  ['the next sessions of a tenant', () => sessions.listIn(tenant, { limit: 10, after })],
  ['the sessions of somebody in a tenant', () => sessions.listIn(tenant, { limit: 10, subject: 'alice' })],
  ['the next sessions of somebody', () => sessions.listIn(tenant, { limit: 10, subject: 'alice', after })],
  ['whose a session is', () => sessions.findOwner(tenant, 'ses_a')],
  ['users', () => users.list({ tenant: undefined, limit: 10 })],
  ['the users of a tenant', () => users.list({ tenant, limit: 10 })],
  ['the next users of a tenant', () => users.list({ tenant, limit: 10, after })],
])('%s', async (_what, find) => {
  await keys.deleteOf(alice);
  await keys.add(newKey('a'), 5);
  queries = [];
  await find();
  expect(queries.length).toBeGreaterThan(0);
  expect(queries.flatMap(planOf).filter(isSlow)).toEqual([]);
});

test('a key that is made while others have long been dead: these are gone, with all that was theirs', async () => {
  for (let index = 0; index < 1_200; index += 1) {
    await keys.add(newKey(`dead ${index}`, { expiresAt: start + 1 }), 5_000);
    await keys.meet(`dead ${index}`, 'network', 5);
  }
  now = start + 100 * 86_400_000;
  queries = [];
  await keys.add(newKey('b'), 5);
  const idsIn = (table: string, column: string) => {
    const rows = database
      .prepare(`select ${column} id from ${table} where ${column} like 'dead%' or ${column} = 'b'`)
      .all();
    return rows.map((row) => Object(row).id);
  };
  expect([idsIn('api_keys', 'key_id'), idsIn('api_key_uses', 'family')]).toEqual([['b'], ['b']]);
  expect(idsIn('api_key_networks', 'key_id')).toEqual([]);
  // However many, a few statements.
  expect(queries.length).toBeLessThan(20);
  expect(
    queries
      .filter(({ sql }) => /^(?:select|delete|update)/.test(sql))
      .flatMap(planOf)
      .filter(isSlow),
  ).toEqual([]);
});
