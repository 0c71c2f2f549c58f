import type { Clock, SubjectId, TenantId, TicketStore } from '@agentflow/core';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';
import { ownedBy } from './owned.js';

/** Tickets for one use: the statement that reads one removes it, so that two processes never both have it. */
export function createTicketStore(db: Kysely<Database>, clock: Clock): TicketStore {
  return {
    async add({ hash, route, owner, sealed, expiresAt }, maxOfOwner) {
      await db.deleteFrom('tickets').where('expires_at', '<=', clock.now()).execute();
      const { count } = await db
        .selectFrom('tickets')
        .select(sql<number | string>`count(*)`.as('count'))
        .where(ownedBy(owner))
        .executeTakeFirstOrThrow();
      if (Number(count) >= maxOfOwner) return false;
      const { tenant, realm, subject } = owner;
      await db
        .insertInto('tickets')
        .values({ ticket_hash: hash, route, tenant, realm, subject, sealed, expires_at: expiresAt })
        .execute();
      return true;
    },

    async redeem(hash, route) {
      const row = await db
        .deleteFrom('tickets')
        .where('ticket_hash', '=', hash)
        .where('route', '=', route)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined || row.expires_at <= clock.now()) return undefined;
      const owner = { tenant: row.tenant as TenantId, realm: row.realm, subject: row.subject as SubjectId };
      return { hash, owner, route, sealed: row.sealed, expiresAt: row.expires_at };
    },
  };
}
