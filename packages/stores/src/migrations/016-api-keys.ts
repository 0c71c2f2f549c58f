import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect.js';

/** Keys that are issued here, how much of their quotas was used, and from where they were. */
export const up =
  ({ text }: DatabaseDialect) =>
  async (db: Kysely<unknown>): Promise<void> => {
    await db.schema
      .createTable('api_keys')
      .addColumn('key_id', text, (column) => column.primaryKey())
      .addColumn('tenant', text, (column) => column.notNull())
      .addColumn('realm', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('holder', text, (column) => column.notNull())
      .addColumn('held_by', text)
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('environment', text, (column) => column.notNull())
      .addColumn('family', text, (column) => column.notNull())
      .addColumn('mac', text, (column) => column.notNull())
      .addColumn('pepper_id', text, (column) => column.notNull())
      .addColumn('last4', text, (column) => column.notNull())
      .addColumn('scopes', text)
      .addColumn('roles', text)
      .addColumn('owner_roles', text, (column) => column.notNull())
      .addColumn('rate_requests', 'bigint')
      .addColumn('rate_seconds', 'bigint')
      .addColumn('quota', 'bigint')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('replaced_by', text)
      .addColumn('last_used_at', 'bigint')
      .execute();
    // What is found where there is no such key: no owner has such names, and it counts as revoked for longer than there are clocks.
    await (db as Kysely<{ api_keys: Record<string, string | number | null> }>)
      .insertInto('api_keys')
      .values({
        ...{ key_id: '', tenant: '', realm: '', subject: '', holder: 'elsewhere', held_by: null, name: 'nobody' },
        ...{ environment: 'live', family: '', mac: 'A'.repeat(43), pepper_id: '00000000', last4: 'none', scopes: null },
        ...{ roles: null, owner_roles: '[]', created_at: 0, expires_at: null, revoked_at: 8_640_000_000_000_000 },
      })
      .execute();
    const owner = ['tenant', 'realm', 'subject', 'created_at'] as const;
    await db.schema
      .createIndex('api_keys_owner')
      .on('api_keys')
      .columns([...owner])
      .execute();
    const newest = ['created_at', 'key_id'] as const;
    await db.schema
      .createIndex('api_keys_tenant')
      .on('api_keys')
      .columns(['tenant', ...newest])
      .execute();
    await db.schema.createIndex('api_keys_family').on('api_keys').column('family').execute();
    // By which those that have long been dead are found; and by the second, those that live, in their order.
    await db.schema.createIndex('api_keys_expires_at').on('api_keys').column('expires_at').execute();
    await db.schema
      .createIndex('api_keys_revoked_at')
      .on('api_keys')
      .columns(['revoked_at', ...newest])
      .execute();
    await db.schema
      .createTable('api_key_uses')
      .addColumn('family', text, (column) => column.primaryKey())
      .addColumn('used', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('api_key_networks')
      .addColumn('key_id', text, (column) => column.notNull())
      .addColumn('network', text, (column) => column.notNull())
      .addColumn('met_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('api_key_networks_key', ['key_id', 'network'])
      .execute();
    await (db as Kysely<{ turns: { name: string; taken: number } }>)
      .insertInto('turns')
      .values({ name: 'api keys', taken: 0 })
      .execute();
  };
