import type { Filter } from '@agentflow/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/**
 * A filter about ids as a condition of a query: what `matchesFilter` of core says of each. Always in brackets: beside the
 * condition that names the owner, an "or" without them would reach everybody's.
 */
export function isAmong(column: string, filter: Filter): RawBuilder<SqlBool> {
  if ('not' in filter) return sql`(not ${isAmong(column, filter.not)})`;
  if ('and' in filter) return filter.and.length === 0 ? everything : joined(filter.and, column, sql` and `);
  if ('or' in filter) return filter.or.length === 0 ? nothing : joined(filter.or, column, sql` or `);
  const id = sql.ref(column);
  if ('in' in filter.id) return filter.id.in.length === 0 ? nothing : sql`(${id} in (${sql.join(filter.id.in)}))`;
  const { startsWith } = filter.id;
  // Both databases count characters as code points. Unlike `like`, this knows no wildcards, and no case.
  return sql`(substr(${id}, 1, ${Array.from(startsWith).length}) = ${startsWith})`;
}

const everything = sql<SqlBool>`(1 = 1)`;
const nothing = sql<SqlBool>`(1 = 0)`;

function joined(filters: readonly Filter[], column: string, by: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql`(${sql.join(
    filters.map((filter) => isAmong(column, filter)),
    by,
  )})`;
}
