import type { OwnerKey, PagePosition } from '@agentflow/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** Rows of one owner and of nobody else. Every statement that finds something by its owner's id has this condition. */
export function ownedBy({ tenant, realm, subject }: OwnerKey): RawBuilder<SqlBool> {
  return sql`tenant = ${tenant} and realm = ${realm} and subject = ${subject}`;
}

/** What comes after a place in a list that has the latest first. */
export function comesAfter(time: string, id: string, position: PagePosition): RawBuilder<SqlBool> {
  return sql`(${sql.ref(time)}, ${sql.ref(id)}) < (${position.time}, ${position.id})`;
}
